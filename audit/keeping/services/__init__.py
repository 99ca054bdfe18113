"""What people do about how long entries are kept."""
