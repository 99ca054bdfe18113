"""A sealed record, tampered with at random by whoever owns the database, and what is noticed."""
