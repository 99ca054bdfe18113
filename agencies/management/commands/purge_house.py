"""`manage.py purge_house`: what belongs to no cell goes after its term, by two people.

Whoever asks signs in as on the pages, with password and code, and so does who signs.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from agencies.roles import Role
from agencies.terminal import signed_in
from audit.keeping import house
from audit.keeping.wording import STATES
from kernel.viewer import Viewer

STEPS: Final = ("montrer", "proposer", "signer", "retirer")


class Command(BaseCommand):
    help = (
        "Purge du journal ce qui n'est d'aucune cellule (connexions de comptes inconnus, actes de"
        " l'installation), passé sa durée : une personne propose, une autre signe."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=STEPS, help="ce que vous faites")
        parser.add_argument("--as", dest="email", required=True, help="votre adresse")
        parser.add_argument("--code", required=True, help="votre code à usage unique")

    def handle(self, *args: Any, step: str, email: str, code: str, **options: Any) -> None:
        with signed_in(
            "purge_house",
            email=email,
            code=code,
            roles=(Role.AUDITOR, Role.DPO, Role.CELL_ADMIN),
            otherwise=_("Votre rôle ne répond pas de ce que le journal conserve."),
        ) as viewer:
            told = _done(viewer, step)
        self.stdout.write(told)


def _done(viewer: Viewer, step: str) -> str:
    if step == "proposer":
        made = house.propose(viewer)
        return _("Purge proposée. Une autre personne la signe dans les quatorze jours : %(id)s") % {
            "id": made.id
        }
    if step == "signer":
        signed = house.sign(viewer)
        return _("Purge signée, elle commence dans la minute : %(id)s") % {"id": signed.id}
    if step == "retirer":
        return _("Purge retirée : %(id)s") % {"id": house.withdraw(viewer).id}
    due, held = house.due(viewer)
    found = house.open_purge(viewer)
    lines = [
        _("Entrées d'aucune cellule à purger : %(due)d, retenues : %(held)d.")
        % {"due": due, "held": held}
    ]
    if found is not None:
        waits = found.state == "proposed"
        said = _("Une purge attend sa signature : %(id)s") if waits else _("En cours : %(id)s")
        lines.append(said % {"id": found.id})
    lines += [
        _("%(state)s, proposée le %(day)s, entrées purgées : %(gone)d, %(id)s")
        % {
            "state": STATES[each.state][0],
            "day": date_format(localtime(each.proposed_at), "d/m/Y"),
            "gone": each.gone,
            "id": each.id,
        }
        for each in house.purges(viewer)
        if not each.is_open
    ]
    return "\n".join(lines)
