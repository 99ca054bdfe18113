"""Looking for a case within one's own scope: nothing else is read, and nothing else is counted."""
