"""Invented cells, schools and people, to look around in. Nothing here exists."""
