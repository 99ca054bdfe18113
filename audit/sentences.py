"""What a verification found, in a sentence for people."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.damage import Finding
from audit.merkle import LEVEL_BITS, WIDTH


def sentence(finding: Finding) -> str:
    """One finding in plain words: what happened to which entry."""
    return _SENTENCES[finding.what](finding)


def _changed(finding: Finding) -> str:
    return _("L'entrée n° %(id)s a été modifiée après avoir été scellée.") % {"id": finding.id}


def _removed(finding: Finding) -> str:
    if finding.id is not None:
        return _("L'entrée n° %(id)s a été supprimée.") % {"id": finding.id}
    return ngettext(
        "%(count)s entrée scellée a été supprimée à partir du rang %(rank)s.",
        "%(count)s entrées scellées ont été supprimées à partir du rang %(rank)s.",
        finding.count,
    ) % {"count": finding.count, "rank": finding.index + 1}


def _inserted(finding: Finding) -> str:
    if finding.last_id is None:
        return _("L'entrée n° %(id)s a été ajoutée après coup.") % {"id": finding.id}
    return _(
        "Des entrées ont été ajoutées après coup (%(count)s) parmi les n° %(id)s à %(last)s."
    ) % {"count": finding.count, "id": finding.id, "last": finding.last_id}


def _moved(finding: Finding) -> str:
    return _("L'entrée n° %(id)s n'est plus à la place où elle a été scellée.") % {"id": finding.id}


def _exchanged(finding: Finding) -> str:
    return _("L'entrée n° %(id)s a été échangée avec l'entrée n° %(other)s.") % {
        "id": finding.id,
        "other": finding.other,
    }


def _reordered(finding: Finding) -> str:
    return _("L'entrée n° %(id)s a changé de rang avec l'entrée n° %(other)s.") % {
        "id": finding.id,
        "other": finding.other,
    }


def _unsealed(finding: Finding) -> str:
    return ngettext(
        "L'entrée n° %(id)s a été glissée là où le scellement était déjà passé.",
        "%(count)s entrées ont été glissées là où le scellement était déjà passé, "
        "à partir du n° %(id)s.",
        finding.count,
    ) % {"count": finding.count, "id": finding.id}


def _segment(finding: Finding) -> str:
    if finding.id is None:
        return _("Les entrées scellées à partir du rang %(rank)s ont été modifiées.") % {
            "rank": finding.index + 1
        }
    return _(
        "Parmi les %(count)s entrées scellées ensemble (n° %(id)s à %(last)s), "
        "une au moins a été modifiée."
    ) % {"count": finding.count, "id": finding.id, "last": finding.last_id or finding.id}


def _truncated(finding: Finding) -> str:
    return _("La fin du journal a été supprimée après le rang %(rank)s.") % {"rank": finding.index}


def _forked(finding: Finding) -> str:
    return _(
        "Le journal a été réécrit : entre les rangs %(first)s et %(last)s, il ne dit plus ce que "
        "la copie gardée a vu signer."
    ) % {"first": finding.index + 1, "last": finding.index + finding.count}


def _tile(finding: Finding) -> str:
    under = WIDTH << (LEVEL_BITS * (finding.other or 0))
    return _(
        "Les empreintes gardées pour les rangs %(first)s à %(last)s ont été modifiées ou "
        "supprimées."
    ) % {"first": finding.index + 1, "last": finding.index + under}


def _bundle(finding: Finding) -> str:
    return _(
        "La liste des entrées des rangs %(first)s à %(last)s a été modifiée ou supprimée ; "
        "les entrées elles-mêmes sont comparées à leurs empreintes."
    ) % {"first": finding.index + 1, "last": finding.index + WIDTH}


def _checkpoint(finding: Finding) -> str:
    return _(
        "Le point de contrôle à %(size)s entrées ne dit plus ce qui a été signé, ou celui qui "
        "le précède a disparu."
    ) % {"size": finding.index + 1}


def _signature(finding: Finding) -> str:
    return _("Le point de contrôle à %(size)s entrées n'est signé par aucune clé connue.") % {
        "size": finding.index + 1
    }


def _cosignature(finding: Finding) -> str:
    return _(
        "La cosignature gardée à %(size)s entrées ne vaut pas pour ce que le journal dit y avoir "
        "signé : le témoin a signé un autre texte, ou cette signature n'est pas la sienne. "
        "Demandez-lui la copie qu'il a gardée."
    ) % {"size": finding.index + 1}


def _illegible(finding: Finding) -> str:
    return _(
        "Ce qui est gardé comme cosignature à %(size)s entrées n'en est pas une : le nom, la clé "
        "ou l'heure ne sont pas ceux du témoin. Cela ne dit rien du journal."
    ) % {"size": finding.index + 1}


def _purge(finding: Finding) -> str:
    return _(
        "La purge annoncée par l'entrée n° %(id)s ne vaut pas : sa liste n'est pas celle qui a été "
        "scellée, ou deux personnes ne l'ont pas signée."
    ) % {"id": finding.id}


_SENTENCES: dict[str, Callable[[Finding], str]] = {
    "changed": _changed,
    "removed": _removed,
    "inserted": _inserted,
    "moved": _moved,
    "exchanged": _exchanged,
    "reordered": _reordered,
    "unsealed": _unsealed,
    "segment": _segment,
    "truncated": _truncated,
    "forked": _forked,
    "tile": _tile,
    "bundle": _bundle,
    "checkpoint": _checkpoint,
    "signature": _signature,
    "cosignature": _cosignature,
    "illegible": _illegible,
    "purge": _purge,
}
