"""Documents of a case: added to one part of it, read by those who see that part."""
