"""Pages on paper: text of any script, numbered, marked with for whom it was made."""
