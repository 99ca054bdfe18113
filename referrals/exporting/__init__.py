"""Exports: what one person may see of a case, as a file, made in the background."""
