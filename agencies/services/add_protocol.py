"""A new version of the cell's protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Accession, Protocol, ProtocolParty
from agencies.services.administering import changing_rights, one_at_a_time
from agencies.services.checking import checked
from agencies.services.dates import wrong_beginning, wrong_past
from audit import record
from kernel.errors import Conflict, Invalid
from kernel.viewer import Viewer

MOST_PARTIES: Final = 60


@dataclass(frozen=True, slots=True)
class PartyInput:
    """Who signs: an agency of the cell or, without one, an institution by its name."""

    signatory: str
    signed_on: date
    accession_id: UUID | None = None
    party_name: str = ""


def add_protocol(
    viewer: Viewer,
    *,
    title: str,
    signed_on: date,
    valid_from: date,
    valid_until: date | None,
    parties: Sequence[PartyInput],
    version: int | None = None,
) -> Protocol:
    """Record the next version with everybody who signed it. Earlier versions stay as they were.

    ``version`` is the number of the version that the author had before their eyes, 0 for none.
    Raises Conflict when somebody has added one since, Invalid for what cannot be.
    """
    changing_rights(viewer)
    one_at_a_time(viewer, "protocol")
    newest = Protocol.objects.filter(cell_id=viewer.cell_id).order_by("-number").first()
    last = newest.number if newest else 0
    if version is not None and version != last:
        raise _overtaken(newest)
    _require(viewer, signed_on, valid_from, valid_until, parties)
    protocol = Protocol(
        cell_id=viewer.cell_id,
        number=last + 1,
        title=title.strip(),
        signed_on=signed_on,
        valid_from=valid_from,
        valid_until=valid_until,
        created_by=viewer.seat_id,
    )
    checked(protocol, using="default").save(force_insert=True)
    ProtocolParty.objects.bulk_create(
        checked(
            ProtocolParty(
                cell_id=viewer.cell_id,
                protocol=protocol,
                position=position,
                accession_id=party.accession_id,
                party_name=party.party_name.strip(),
                signatory=party.signatory.strip(),
                signed_on=party.signed_on,
            ),
            using="default",
        )
        for position, party in enumerate(parties, 1)
    )
    record(
        events.PROTOCOL_ADDED,
        viewer=viewer,
        subject_id=protocol.pk,
        version=protocol.number,
        parties=len(parties),
    )
    return protocol


def _overtaken(newest: Protocol | None) -> Conflict:
    if newest is None:
        return Conflict(_("Cette version n'existe pas. Rechargez la page."), version=0)
    return Conflict(
        _("Une autre version a été enregistrée entre-temps. Relisez-la avant d'en ajouter une."),
        changed={
            "number": newest.number,
            "title": newest.title,
            "signed_on": date_format(newest.signed_on, "SHORT_DATE_FORMAT"),
        },
        version=newest.number,
    )


def _require(
    viewer: Viewer,
    signed_on: date,
    valid_from: date,
    valid_until: date | None,
    parties: Sequence[PartyInput],
) -> None:
    wrong: dict[str, list[object]] = {}
    if wrong_past(signed_on):
        wrong["signed_on"] = [_("Un protocole s'enregistre une fois signé : la date est passée.")]
    if problem := wrong_beginning(valid_from):
        wrong["valid_from"] = [problem]
    if valid_until is not None and (problem := wrong_beginning(valid_until)):
        wrong["valid_until"] = [problem]
    if valid_until is not None and valid_until < valid_from:
        wrong["valid_until"] = [_("La fin vient après le début.")]
    if not parties:
        wrong["parties"] = [_("Indiquez au moins un signataire.")]
    if len(parties) > MOST_PARTIES:
        wrong["parties"] = [_("Un protocole a au plus %s signataires.") % MOST_PARTIES]
    named = [party.accession_id for party in parties if party.accession_id]
    if len(named) != len(set(named)):
        wrong["parties"] = [_("Un organisme ne signe qu'une fois.")]
    if any(bool(party.accession_id) == bool(party.party_name.strip()) for party in parties):
        wrong["parties"] = [
            _("Pour chaque signataire, choisissez un organisme ou écrivez un nom, pas les deux.")
        ]
    if any(wrong_past(party.signed_on) for party in parties):
        wrong["parties"] = [_("Une signature a une date passée.")]
    here = Accession.objects.filter(cell_id=viewer.cell_id, pk__in=named).count()
    if here != len(set(named)):
        wrong["parties"] = [_("Un des organismes ne participe pas à la cellule.")]
    if wrong:
        raise Invalid(fields=wrong)
