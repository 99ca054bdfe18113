"""Verbs: one act, one file."""
