"""What an agency does as a witness of the record."""
