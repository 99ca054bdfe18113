"""Everything that changes people, agencies and sessions, one verb a file."""
