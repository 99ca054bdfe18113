"""Tables of this app that are not under row security, each with the reason."""

from __future__ import annotations

from typing import Final

ROW_SECURITY_EXCUSES: Final = {
    "agencies_agency": (
        "Public directory of organisations, the same for every cell: names, addresses, switchboard "
        "numbers. The runtime role may only read it."
    ),
    "agencies_school": "Public directory of schools, read only for the runtime role.",
    "agencies_departement": "Official list of départements, read only for the runtime role.",
    "agencies_academy": "Official list of académies, read only for the runtime role.",
    "agencies_commune": "Official list of communes, read only for the runtime role.",
    "agencies_court": "Official list of courts, read only for the runtime role.",
}
