"""What people do at the identity provider's own pages."""

import re
from typing import Any

from agencies.oidc.backend import Proven
from agencies.services.link_identity import link_identity_of_newcomer
from tests.agencies.factories import an_origin
from tests.journeys.desk import Desk

JUSTICE = "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"
WIDTHS = (1280, 390)
EXPECTED = (
    "403 (Forbidden)",
    "422 (Unprocessable",
    "WebSocket is closed before the connection is established",
)
"""What the console says of refusals, and of a page that is left at once."""
BUTTON = "Se connecter avec ProConnect"


def subject_of(desk: Desk) -> str:
    return f"agent-{desk.person.account_id}"


def link(apart, provider, desk: Desk) -> None:
    """This person's account is linked to the identity that they will show."""
    proven = Proven(provider.issuer, JUSTICE, subject_of(desk), False, None, "", "")
    apart(lambda: link_identity_of_newcomer(an_origin(), desk.person.account_id, proven))


def arrives(page: Any, provider) -> None:
    """Wait for the provider's page."""
    page.wait_for_url(re.compile(re.escape(provider.issuer)))


def leaves_for_the_provider(desk: Desk, provider) -> None:
    """Press the button with the keyboard and arrive there."""
    desk.opens("/connexion/")
    button = desk.page.get_by_role("button", name=BUTTON)
    button.focus()
    desk.page.keyboard.press("Enter")
    arrives(desk.page, provider)


def shows(
    desk: Desk,
    *,
    amr: str,
    ago: int = 0,
    subject: str = "",
    idp: str = JUSTICE,
    page: Any = None,
) -> None:
    """Say at the provider's page who one is and how one has proven it."""
    page = page or desk.page
    for label, text in (
        ("Sujet", subject or subject_of(desk)),
        ("Organisme", idp),
        ("Moyens", amr),
        ("Il y a", str(ago)),
    ):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Continuer").click()
