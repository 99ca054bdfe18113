"""How much one seat sends and takes along: asked by the services, and kept by the database."""

from typing import Final

DOCUMENTS: Final = 100
"""Within an hour. A file that is sent is looked at, cleaned and kept: that is work for all."""

UPLOADS: Final = 5
"""Files on their way at the same time."""

EXPORTS: Final = 20
"""Within an hour. Nobody needs more: that would be a case file that walks away."""
