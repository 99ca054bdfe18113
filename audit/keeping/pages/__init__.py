"""The page of what is kept, held and purged."""
