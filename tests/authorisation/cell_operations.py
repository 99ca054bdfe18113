"""The rows of a cell's administration: for its administrator, and nothing for anybody else."""

from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from agencies.rules import default_rules
from tests.agencies.factories import a_number
from tests.authorisation.rows import ADMIN, Body, Operation, act, call, fields, page
from tests.authorisation.scene import Scene

SIGNED = {"signatory": "La direction", "signed_on": "2026-01-05"}
A_PROTOCOL = {"title": "Protocole", "signed_on": "2026-01-05", "valid_from": "2026-01-06"}
PARTIES = {
    "parties-TOTAL_FORMS": "1",
    "parties-INITIAL_FORMS": "0",
    "parties-0-party_name": "Une institution",
    "parties-0-signatory": "La direction",
}
_TURN = count()
IN_TERRITORY = {"function": "prosecutor"}


def new_agency(commune: str, **more: Any) -> Body:
    """An organisation that nobody has written down yet; ``commune`` is the name of that field."""
    return lambda scene, object_id: {
        "kind": "gendarmerie",
        "name": f"Brigade {a_number()}",
        "confirmed": True,
        commune: "80901",
        **more,
    }


def other_rules(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """Rules that differ from those before, whoever asked last."""
    return default_rules().flat() | {"idle_minutes": 15 + next(_TURN) % 15}


CELL_PAGES: tuple[Operation, ...] = (
    page("agencies:cell", ADMIN),
    page("agencies:cell_protocol", ADMIN),
    page("agencies:cell_protocol_new", ADMIN),
    act("agencies:cell_protocol_new", ADMIN, body=fields(**A_PROTOCOL, **PARTIES)),
    page("agencies:cell_rules", ADMIN),
    act("agencies:cell_rules", ADMIN, body=other_rules),
    page("agencies:cell_agencies", ADMIN),
    page("agencies:cell_agency_search", ADMIN),
    page("agencies:cell_agency_new", ADMIN),
    act(
        "agencies:cell_agency_new",
        ADMIN,
        body=new_agency("commune", **SIGNED),
    ),
    page("agencies:cell_accede", ADMIN, "organisation"),
    act("agencies:cell_accede", ADMIN, "organisation", body=fields(**SIGNED)),
    page("agencies:cell_accession", ADMIN, "agency"),
    act("agencies:cell_accession", ADMIN, "agency", body=fields(until="2049-01-01")),
    page("agencies:cell_territories", ADMIN),
    page("agencies:cell_territory", ADMIN, also=IN_TERRITORY),
    act(
        "agencies:cell_territory",
        ADMIN,
        also=IN_TERRITORY,
        body=fields(accession="nobody", communes="Valbrume"),
    ),
    page("agencies:cell_territory_table", ADMIN, also=IN_TERRITORY),
    act(
        "agencies:cell_territory_table",
        ADMIN,
        also=IN_TERRITORY,
        body=fields(table="Valbrume;aucun service de ce nom"),
        answers=422,
    ),
)

CELL_CALLS: tuple[Operation, ...] = (
    call("cell", ADMIN, get=True),
    call("cell-protocols", ADMIN, get=True),
    call(
        "cell-protocols",
        ADMIN,
        body=fields(**A_PROTOCOL, parties=[{"party_name": "Une institution", **SIGNED}]),
        answers=201,
    ),
    call("cell-rules", ADMIN, get=True),
    call("cell-rules", ADMIN, body=other_rules),
    call("cell-directory", ADMIN, get=True),
    call("cell-directory", ADMIN, body=new_agency("commune_insee"), answers=201),
    call("cell-agencies", ADMIN, get=True),
    call(
        "cell-agencies",
        ADMIN,
        "organisation",
        body=lambda scene, object_id: {"agency": str(object_id), **SIGNED},
        answers=201,
        inside=True,
    ),
    call("cell-agency", ADMIN, "agency", get=True),
    call("cell-agency-end", ADMIN, "agency", body=fields(until="2049-01-01")),
    call("cell-competence", ADMIN, "school", get=True),
    call("cell-coverage", ADMIN, get=True),
    call(
        "cell-coverage",
        ADMIN,
        body=fields(function="prosecutor", accession=str(uuid4()), communes=["00000"]),
        answers=422,
    ),
    call(
        "cell-coverage-table",
        ADMIN,
        body=fields(function="prosecutor", table="Valbrume;aucun service de ce nom"),
        answers=422,
    ),
)
