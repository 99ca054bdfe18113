"""The pages on which an agency takes a copy of the record's seal and compares its own."""
