"""The API of the identity app."""
