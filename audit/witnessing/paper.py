"""The entries of an export on paper: to be read. What proves them is in the other files."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from audit import registry
from audit.log import Stored
from audit.witnessing.readable import GoingOn, nobody_waits, plain, readable
from kernel.paper.listing import as_list

_PEOPLE_AND_THINGS = ("actor", "seat", "agency", "case_id", "subject_id")


def on_paper(
    title: str,
    stored: Stored,
    entries: Sequence[tuple[int, bytes]],
    *,
    lines: bytes,
    filters: Mapping[str, str],
    made_at: str,
    called: Mapping[str, str],
    going_on: GoingOn = nobody_waits,
) -> bytes:
    """A plain list with page numbers. ``called`` are references and agencies by identifier.

    ``lines`` is the file of the entries whose digest stands on it.
    """
    with translation.override(settings.LANGUAGE_CODE):
        asked = ", ".join(f"{name} = {value}" for name, value in sorted(filters.items()))
        cover = [
            (_("Filtres"), asked or _("aucun")),
            (_("Entrées"), _("%(n)s sur %(all)s") % {"n": len(entries), "all": stored.size}),
            (_("Préparé le"), made_at),
            (_("Empreinte signée du journal"), f"{stored.size} {stored.root.hex()}"),
            (_("SHA-256 de entries.jsonl"), sha256(lines).hexdigest()),
            (
                _("À savoir"),
                _(
                    "Cette liste se lit et ne prouve rien. Les preuves sont dans les autres"
                    " fichiers, que rempart_verify.py contrôle."
                ),
            ),
        ]
        return as_list(
            _("Journal %(title)s") % {"title": title},
            stored.root.hex()[:16],
            f"{title}, {made_at}",
            [(str(label), str(value)) for label, value in cover],
            _items(entries, called, going_on),
        )


def _items(
    entries: Sequence[tuple[int, bytes]], called: Mapping[str, str], going_on: GoingOn
) -> Iterator[tuple[str, str]]:
    words = {
        "actor": _("personne"),
        "seat": _("place"),
        "agency": _("organisme"),
        "case_id": _("dossier"),
        "subject_id": _("objet"),
        "done": _("fait"),
        "refused": _("refusé"),
    }
    for index, leaf in entries:
        going_on()
        said = readable(leaf)
        outcome = " ".join(filter(None, (words[said["outcome"]], said["code"])))
        at = f"{said['at'][:19]}Z" if said["at"] else _("Moment illisible")
        kind = f"{registry.label_of(said['kind'])} ({said['kind']})"
        yield (
            f"{index}   {at}   {kind}   {outcome}",
            "   ".join(_details(said, words, called)),
        )


def _details(
    said: Mapping[str, Any], words: Mapping[str, str], called: Mapping[str, str]
) -> Iterator[str]:
    for name in _PEOPLE_AND_THINGS:
        if value := said[name]:
            yield f"{words[name]} {called.get(value, value)}"
    yield str(said["channel"] or "")
    if said["facts"]:
        yield plain(said["facts"])
