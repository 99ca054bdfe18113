"""An export in words: the same keys as the machine-readable file, section by section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from kernel.paper.pages import Section
from referrals.compartments import BY_CODE
from referrals.intake.escalation import FactKind, ParentsInformed, Place, Source, StepTaken
from referrals.models.access import Level
from referrals.models.case import Outcome, Urgency
from referrals.models.content import PartyRole
from referrals.models.document import DocumentState, Nature
from referrals.models.history import FeedbackCode, MeasureKind, MeasureState
from referrals.models.share import LegalBasis, Purpose, RefusalReason, ShareState
from referrals.pages.wording import LEVELS, milestone_words
from referrals.states import State

Words = Callable[[Any], object]
Columns = Mapping[str, tuple[object, Words]]
"""For each key its label, and what puts its value into words."""


def text(value: Any) -> str:
    """A value as people read it; nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("Oui") if value else _("Non"))
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    return str(value)


def one_of(choices: Any) -> Words:
    """What words the codes of these choices."""
    names = dict(choices.choices)
    return lambda code: names.get(code, code)


def _parts(codes: Any) -> object:
    return ", ".join(str(BY_CODE[code].label) if code in BY_CODE else code for code in codes)


def day(value: Any) -> object:
    """A day that JSON holds as text."""
    return date.fromisoformat(value) if isinstance(value, str) and value else value


def _level(value: Any) -> object:
    return LEVELS[Level(value)]


def _steps(codes: Any) -> object:
    return ", ".join(str(StepTaken(code).label) for code in codes)


def _bytes(size: Any) -> object:
    return _("%(size)s octets") % {"size": size}


ROLE = (_("Rôle"), one_of(PartyRole))
_HEADER: Columns = {
    "reference": (_("Référence"), text),
    "state": (_("Étape"), one_of(State)),
    "urgency": (_("Urgence"), one_of(Urgency)),
    "gravity": (_("Gravité, de 0 à 3"), text),
    "danger": (_("Danger immédiat signalé"), text),
    "outcome": (_("Issue"), one_of(Outcome)),
    "submitted_at": (_("Saisine reçue le"), text),
}
_SCHOOL: Columns = {
    "name": (_("Établissement"), text),
    "uai": (_("UAI"), text),
    "type": (_("Type"), text),
    "commune": (_("Commune"), text),
}
_LISTS: dict[str, tuple[object, Columns]] = {
    "parties": (
        _("Élèves, par initiales"),
        {"role": ROLE, "label": (_("Élève"), text)},
    ),
    "facts": (
        _("Faits"),
        {
            "kind": (_("Nature"), one_of(FactKind)),
            "place": (_("Lieu"), one_of(Place)),
            "began_on": (_("Depuis le"), day),
            "ended_on": (_("Jusqu'au"), day),
            "source": (_("Comment c'est connu"), one_of(Source)),
            "narrative": (_("Récit"), text),
        },
    ),
    "school_steps": (
        _("Démarches de l'établissement"),
        {
            "taken": (_("Déjà fait"), _steps),
            "narrative": (_("Précisions"), text),
            "incident_reference": (_("Référence Faits établissement"), text),
            "incident_level": (_("Niveau"), text),
            "parents_informed": (_("Parents informés"), one_of(ParentsInformed)),
            "parents_informed_on": (_("Le"), day),
        },
    ),
    "measures": (
        _("Mesures"),
        {
            "kind": (_("Mesure"), one_of(MeasureKind)),
            "owner": (_("Service"), text),
            "due_on": (_("Avant le"), day),
            "state": (_("État"), one_of(MeasureState)),
            "note": (_("Précisions"), text),
        },
    ),
    "feedbacks": (
        _("Réponses à l'établissement"),
        {
            "code": (_("Réponse"), one_of(FeedbackCode)),
            "contact": (_("Contact"), text),
            "next_check_on": (_("Prochain point le"), day),
            "sent_at": (_("Envoyée le"), text),
        },
    ),
    "shares": (
        _("Partages"),
        {
            "to": (_("Service"), text),
            "purpose": (_("Pourquoi"), one_of(Purpose)),
            "legal_basis": (_("Au titre de"), one_of(LegalBasis)),
            "compartments": (_("Parties"), _parts),
            "level": (_("Niveau"), _level),
            "include_future": (_("Ajouts futurs compris"), text),
            "expires_at": (_("Jusqu'au"), text),
            "state": (_("État"), one_of(ShareState)),
            "refusal_reason": (_("Motif du refus"), one_of(RefusalReason)),
        },
    ),
    "documents": (
        _("Documents, sans leur contenu"),
        {
            "name": (_("Nom"), text),
            "nature": (_("Nature"), one_of(Nature)),
            "part": (_("Partie du dossier"), lambda code: BY_CODE[code].label),
            "media_type": (_("Type de fichier"), text),
            "size": (_("Taille"), _bytes),
            "sha256": (_("Empreinte SHA-256"), text),
            "source": (_("Source"), text),
            "captured_on": (_("Capturé le"), day),
            "state": (_("État"), one_of(DocumentState)),
            "added_at": (_("Ajouté le"), text),
            "by_agency": (_("Par"), text),
        },
    ),
    "timeline": (
        _("Historique"),
        {
            "at": (_("Le"), text),
            "kind": (_("Étape"), milestone_words),
            "detail": (_("Précision"), text),
            "by_agency": (_("Par"), text),
        },
    ),
}


def sections_of(data: Mapping[str, Any]) -> list[Section]:
    """The sections of an exported case; a part that its reader does not see has none."""
    contents = data.get("contents", {})
    rows: dict[str, Sequence[Mapping[str, Any]]] = {
        **{code: data.get(code, []) for code in _LISTS},
        "facts": contents.get("facts", {}).get("facts", []),
        "school_steps": [contents["school_steps"]] if "school_steps" in contents else [],
    }
    found = [_header(data)]
    for code, (title, columns) in _LISTS.items():
        if rows[code]:
            found.append(section(code, title, columns, rows[code]))
    return found


def _header(data: Mapping[str, Any]) -> Section:
    seen: Columns = {"compartments": (_("Parties visibles"), _parts)}
    row = {**data, **data.get("school", {})}
    return section("dossier", _("Dossier"), {**_HEADER, **_SCHOOL, **seen}, [row])


def section(
    code: str,
    title: object,
    columns: Columns,
    rows: Sequence[Mapping[str, Any]],
) -> Section:
    """Rows of values as a section of text."""
    return Section(
        code,
        str(title),
        tuple(str(label) for label, _words in columns.values()),
        tuple(
            tuple(_cell(row.get(key), words) for key, (_label, words) in columns.items())
            for row in rows
        ),
    )


def _cell(value: Any, words: Words) -> str:
    return "" if value is None or value == "" else text(words(value))
