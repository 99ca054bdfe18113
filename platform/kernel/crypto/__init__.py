"""Envelope encryption in three levels, and the blind index for searching without reading."""
