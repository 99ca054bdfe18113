"""Row security: migration operations that put a table under it, and the catalogue check."""
