"""`manage.py explain`: which rule opens a case to somebody, or keeps it shut, at a terminal.

Whoever asks signs in as on the pages, with password and code: a command has no rights of its own.
"""

from __future__ import annotations

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies import selectors as agencies
from agencies.services.confirm_factor import confirm_factor
from agencies.services.open_session import open_session
from agencies.services.origin import Origin
from agencies.services.sign_in import sign_in
from agencies.services.sign_out import sign_out
from kernel.errors import DomainError, NotAllowed, NotFound
from kernel.ids import uuid7
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from referrals import policies
from referrals.pages.wording import ALLOWED, REFUSED
from referrals.sharing.explaining import Explanation, Verdict, case_called, explain


class Command(BaseCommand):
    help = "Explique, règle par règle, pourquoi une personne voit ou ne voit pas un dossier."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="référence du dossier, par exemple 80-2026-00042")
        parser.add_argument("person", help="nom de la personne, tel qu'affiché dans la cellule")
        parser.add_argument("--as", dest="email", required=True, help="votre adresse")
        parser.add_argument("--code", required=True, help="votre code à usage unique")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            viewer = _signed_in(options["email"], _password(), options["code"])
            try:
                with acting_as(viewer, channel="command") as looking:
                    told = _told(looking, options["reference"], options["person"])
            finally:
                with acting_as(viewer, channel="command") as leaving:
                    sign_out(leaving)
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        for line in told:
            self.stdout.write(line)


def _password() -> str:
    """Asked for at a terminal, read from standard input otherwise; never an argument."""
    if sys.stdin.isatty():
        return getpass.getpass(_("Mot de passe : "))
    return sys.stdin.readline().rstrip("\n")


def _signed_in(email: str, password: str, code: str) -> Viewer:
    """A session of its own, in the first place of this person that may ask about others."""
    origin = Origin("127.0.0.1", "manage.py explain", uuid7())
    account = sign_in(origin, email=email, password=password)
    confirmed = confirm_factor(origin, account_id=account, code=code)
    for seat in confirmed.seats:
        if policies.ASKS_ABOUT_OTHERS & set(seat.roles):
            token = secrets.token_hex(32)
            open_session(
                origin,
                account_id=account,
                seat_id=seat.id,
                token=token,
                factor_at=confirmed.factor_at,
                factor=confirmed.factor,
            )
            with transaction.atomic():
                viewer = bind(token, channel="command")
            if viewer is not None:
                return viewer
    raise NotAllowed(_("Votre rôle ne permet pas d'interroger les droits d'autres personnes."))


def _told(viewer: Viewer, reference: str, name: str) -> list[str]:
    places = [p for p in agencies.people_of_cell(viewer) if p.display_name == name]
    if len(places) != 1:
        raise NotFound(_("Personne, ou plus d'une personne de la cellule, ne porte ce nom."))
    case_id = case_called(viewer, reference)
    if case_id is None:
        raise NotFound(_("Aucun dossier de la cellule ne porte cette référence."))
    return _lines(explain(viewer, case_id, places[0].pk))


def _lines(found: Explanation) -> list[str]:
    seat = found.seat
    lines = [f"{seat.display_name}, {seat.agency_name}", _line(_("Le dossier"), found.header)]
    return lines + [_line(str(part.label), verdict) for part, verdict in found.parts]


def _line(label: str, verdict: Verdict) -> str:
    """One line: what, open or not, and the rule with its code."""
    said = (ALLOWED if verdict.allowed else REFUSED)[verdict.rule]
    mark = _("oui") if verdict.allowed else _("non")
    return f"  {label} : {mark}. {said} [{verdict.rule}]"
