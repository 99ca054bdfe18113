"""A token opens exactly the operations of its scope: every route of the API is called with it."""

import pytest

from agencies.services.make_token import make_token
from kernel.http import bearer
from kernel.scope import acting_as
from tests.agencies.factories import a_browser
from tests.architecture.test_house import routes
from tests.authorisation.asking import ask, said
from tests.authorisation.operations import OPERATIONS
from tests.support.cells import pairs

pytestmark = pytest.mark.table

CALLS = [operation for operation in OPERATIONS if operation.is_api]
ALL = (
    *("cases.read", "meetings.read", "measures.done", "record.witness"),
    *("shares.answer", "shares.read"),
)


def api_routes() -> set[tuple[str, str]]:
    return {
        (name, method.upper())
        for name, view in routes()
        for method in (getattr(view, "actions", None) or {})
        if name.startswith("api-") and method != "head"
    }


def test_what_is_offered_exists_and_is_neither_names_nor_administration():
    offered = {route for scope in bearer.scopes() for route in scope.routes}
    assert offered <= api_routes()
    assert {scope.code for scope in bearer.scopes()} == set(ALL)
    for name, _method in offered:
        assert not any(word in name for word in ("reveal", "search", "activate", "close"))
    of_the_record = {name for name, _method in offered if "audit" in name}
    hashes = {"api-audit-checkpoint", "api-audit-consistency", "api-audit-cosignatures"}
    assert of_the_record == hashes, "hashes and signatures alone"


IN_PLACE_OF_ITS_LEAD = {("api-audit-cosignatures", "POST")}
"""What a system does as whoever answers for its agency, and nobody else of it."""


@pytest.mark.parametrize("code", [*ALL, "everything"])
def test_a_scope_opens_exactly_its_operations(scene, cells, code):
    """Whatever is in the scope is called, and of the rest what the table asks: refused unseen."""
    world = scene.world
    may = ALL if code == "everything" else (code,)
    with acting_as(world.gendarme_lead.viewer) as viewer:
        made = make_token(
            viewer,
            accession_id=world.gendarme.accession_id,
            called="Main courante",
            may=may,
            days=30,
        )
    system = a_browser(headers={"Authorization": f"Bearer {made.secret}"})
    opened = {route for scope in bearer.scopes() if scope.code in may for route in scope.routes}
    asked = [one for one, by in pairs("tokens", CALLS, [*ALL, "everything"]) if by == code]
    for operation in CALLS:
        route = (operation.name, operation.method)
        if route not in opened and operation not in asked:
            continue
        with cells.cell(code, operation):
            object_id = scene.the(operation.about) if operation.about else None
            if route in opened and operation.method == "POST" and operation.about:
                object_id = scene.fresh(operation.about)
            answer = ask(operation, scene, object_id, system)
            if route in opened:
                like = "prosecutor" if route in IN_PLACE_OF_ITS_LEAD else "gendarme"
                assert answer.status_code == operation.expects(like), said(answer)
            else:
                assert answer.status_code == 403, said(answer)
                assert answer.json()["error"]["code"] == "token_scope"
                assert scene.mark not in said(answer)


def test_every_route_of_the_api_is_called_with_tokens():
    assert {(operation.name, operation.method) for operation in CALLS} == api_routes()
