"""Measurements with goals: `./infra/bin/bench NAME`. Each prints the same shape of table."""
