"""Functions of the record in the database, one story a file."""
