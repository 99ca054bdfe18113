"""Signing in through one identity provider, in the shape that ProConnect has."""
