"""`manage.py outbox`: what could not be delivered, and another try."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kernel.clock import now
from kernel.commanding import RETRIED, tell
from kernel.models import OutboxItem

MOST_SHOWN = 50


class Command(BaseCommand):
    help = "Montre les envois en attente et ceux qui ont échoué ; --retry les remet en route."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--retry", action="store_true", help="réessayer ce qui a échoué")
        parser.add_argument("--item", type=int, help="un seul envoi, par son numéro")

    def handle(self, *args: Any, **options: Any) -> None:
        owed = OutboxItem.objects.using("worker")
        late = owed.filter(done_at=None, parked_at=None, due_at__lte=now()).count()
        self.stdout.write(_("À envoyer maintenant : %d") % late)
        parked = owed.filter(done_at=None, parked_at__isnull=False).order_by("parked_at", "id")
        if options["item"] is not None:
            parked = parked.filter(pk=options["item"])
            if not parked.exists():
                raise CommandError(_("Aucun envoi en échec ne porte ce numéro."))
        number = parked.count()
        self.stdout.write(_("En échec : %d") % number)
        if options["retry"]:
            with transaction.atomic(using="worker"):
                tell(RETRIED, "worker", Counter(parked.values_list("cell_id", flat=True)))
                parked.update(parked_at=None, attempts=0, due_at=now(), lease_until=None)
            again = ngettext(
                "%d envoi est remis en route.", "%d envois sont remis en route.", number
            )
            self.stdout.write(again % number)
            return
        for item in parked[:MOST_SHOWN]:
            since = item.parked_at.isoformat(timespec="minutes") if item.parked_at else ""
            self.stdout.write(
                f"  {item.pk}  {since}  {item.channel}  {item.kind}  {item.last_error}"
            )
        if number > MOST_SHOWN:
            self.stdout.write(_("  et %d autres") % (number - MOST_SHOWN))
        if number:
            self.stdout.write(_("Une fois la cause levée : manage.py outbox --retry"))
