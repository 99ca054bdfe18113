"""`manage.py explain`: which rule opens a case to somebody, or keeps it shut, at a terminal.

Whoever asks signs in as on the pages, with password and code: a command has no rights of its own.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from agencies import selectors as agencies
from agencies.terminal import signed_in
from kernel.errors import NotFound
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
        with signed_in(
            "explain",
            email=options["email"],
            code=options["code"],
            roles=policies.ASKS_ABOUT_OTHERS,
            otherwise=_("Votre rôle ne permet pas d'interroger les droits d'autres personnes."),
        ) as looking:
            told = _told(looking, options["reference"], options["person"])
        for line in told:
            self.stdout.write(line)


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
