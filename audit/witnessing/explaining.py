"""What an export says of itself to whoever opens it: how it is checked, and what is in it."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

NAME: Final = "LISEZMOI.txt"
APART: Final = f"\n{'-' * 12}\n\n"


def explained(origin: str) -> bytes:
    """The text in every language of the interface, one after the other.

    It holds no key: a key that comes with what it is to check checks nothing.
    """
    texts = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts.append("\n".join(_lines(origin)))
    return APART.join(texts).encode()


def _lines(origin: str) -> Iterator[str]:
    yield _("Export du journal %(origin)s") % {"origin": origin}
    yield ""
    yield _("Pour le contrôler hors ligne, sans Rempart et sans croire qui vous l'a remis :")
    yield ""
    yield f"    python3 rempart_verify.py export FICHIER.zip --key '{origin}+...'"
    yield ""
    yield _(
        "Le programme est un seul fichier, audit/standalone/rempart_verify.py dans le code de"
        " Rempart. Il lui faut Python 3.11 et le paquet cryptography. Le format est décrit dans"
        " infra/docs/record-format.md : chacun peut en écrire un autre."
    )
    yield ""
    yield _(
        "La clé est la première clé du journal, celle que votre organisme a notée quand son témoin"
        " a commencé (manage.py audit_key l'affiche). Si votre organisme n'en a pas, demandez-la à"
        " un organisme qui a un témoin. Ne la prenez pas dans keys.txt : une clé venue avec ce"
        " qu'elle contrôle ne contrôle rien. Celles qui l'ont suivie se déduisent d'elle."
    )
    yield ""
    yield _(
        "« Everything holds » : tout est tel qu'il a été signé. « REFUSED » : ce qui suit dit ce"
        " qui ne va pas ; gardez le fichier et parlez-en à qui contrôle les accès. Un fichier dont"
        " le nom finit par -sans-sceau est refusé : téléchargez-le à nouveau quelques secondes"
        " plus tard."
    )
    yield ""
    yield _("Ce qu'il y a dans cette archive :")
    yield ""
    yield _(
        "- entries.jsonl, entries.csv : les entrées ; record.pdf : les mêmes à lire, sans preuve."
    )
    yield _(
        "- checkpoint.txt : la signature du journal ; tree.bin : ce qui mène des entrées à elle."
    )
    yield _("- keys.txt : les clés du journal, à comparer avec la vôtre.")
    yield _(
        "- purges.json : les entrées supprimées à leur terme et ce qui l'a décidé, s'il y en a."
    )
    yield _("- manifest.json : les filtres demandés et l'empreinte de chaque fichier.")
    yield _(
        "- seal.tlog-proof, seal.rempart-consistency : le sceau, une entrée du journal lui-même."
    )
    yield ""
    yield _(
        "Un export filtré prouve que ses entrées sont dans le journal, pas que le filtre n'en a"
        " oublié aucune. Comparez checkpoint.txt avec la copie que votre organisme a gardée."
    )
    yield ""
