"""One agency lets another see part of a case, for a purpose, until a date."""
