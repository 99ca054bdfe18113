"""How people are named where they act for somebody else."""

from __future__ import annotations

from typing import Final

STANDS_IN: Final = ", en remplacement de "
"""Stands between both names in what the database signs for a deputy."""
