"""Measurements of the record; each part gives rows for `./infra/bin/bench audit`."""
