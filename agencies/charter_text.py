"""The words of the charter. An edition that somebody may have signed is never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Article:
    """One rule: what it is about and what it says."""

    title: object
    text: object


_FIRST: Final = (
    Article(
        _("Pourquoi cette charte"),
        _(
            "La cellule réunit des services différents pour protéger un enfant et faire cesser un "
            "harcèlement. Chacun y reçoit des informations qu'il n'aurait pas seul. Cette charte "
            "dit à quelles conditions."
        ),
    ),
    Article(
        _("Ce que je consulte"),
        _(
            "Je n'ouvre que les dossiers que ma mission m'amène à traiter, et je ne demande le nom "
            "d'un élève que si j'en ai besoin pour agir. La curiosité, même bienveillante, n'est "
            "pas un motif. Chaque consultation est inscrite au journal de la cellule."
        ),
    ),
    Article(
        _("Ce que je partage"),
        _(
            "Je ne transmets que ce qui est nécessaire, au seul service qui en a besoin, par "
            "l'outil de la cellule. Je ne recopie rien dans un courriel, une messagerie, un "
            "tableau ou un autre fichier. Rien de ce que j'apprends ici ne sert à en alimenter un."
        ),
    ),
    Article(
        _("Le secret professionnel et le secret de l'enquête"),
        _(
            "Ce qui est couvert par le secret professionnel reste entre personnes qui y sont "
            "tenues ; le partager est une faculté, jamais une obligation. Ce qui relève d'une "
            "enquête appartient au parquet, qui décide seul de ce qu'il communique. Si je ne suis "
            "pas tenu au secret, je suis tenu à la discrétion, pendant et après ma mission."
        ),
    ),
    Article(
        _("Les enfants et leurs familles"),
        _(
            "J'écris des faits, datés et situés, et je dis de qui je les tiens. Un élève mis en "
            "cause est présumé tel. Les parents et l'enfant, selon son âge, sont informés de ce "
            "qui est partagé, sauf si cela va contre l'intérêt de l'enfant : j'en note alors la "
            "raison. Je n'utilise rien contre une famille qui a demandé de l'aide."
        ),
    ),
    Article(
        _("Les réunions"),
        _(
            "Aucune situation n'est évoquée avec un nom devant des personnes qui ne sont pas "
            "admises à ce point de l'ordre du jour. Je ne prends pas d'enregistrement."
        ),
    ),
    Article(
        _("Mes moyens d'accès"),
        _(
            "Mon compte, mon second facteur et mes codes de secours sont à moi seul. Je ne laisse "
            "pas une session ouverte sans surveillance. Je signale aussitôt à l'administration de "
            "la cellule une perte, un vol, une erreur d'envoi ou un accès que je ne m'explique pas."
        ),
    ),
    Article(
        _("Si je ne respecte pas cette charte"),
        _(
            "Mon accès peut être retiré aussitôt, mon organisme en est informé, et les sanctions "
            "prévues par la loi ou par mon statut restent applicables. Je peux à tout moment "
            "demander à ne plus participer à la cellule."
        ),
    ),
)

EDITIONS: Final[dict[int, Sequence[Article]]] = {1: _FIRST}
NEWEST: Final = max(EDITIONS)
