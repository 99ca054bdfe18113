"""Replacing and destroying the keys of cases and of their periods, on the keeper's connection."""
