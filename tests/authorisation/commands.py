"""The truth about every command at a terminal: as which role of the database it acts, what it
refuses and in which words.

Whoever may type a command is decided by who holds the password of its role: no command has a role
of the pages, except the one that signs a person in and then asks as that person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DEMO_ONLY: Final = "La démonstration ne se charge pas dans une vraie installation."
NO_CODE: Final = "Cette commande n'existe que dans la démonstration et les tests."
STILL_OPEN: Final = "Ce dossier est encore suivi. Pour le détruire quand même : --even-open"
NOT_OVER: Final = "Cette année n'est pas finie : un dossier peut y naître en ce moment."
NO_PERIOD: Final = "Cette cellule n'a pas de clé pour cette période."
NO_FILE: Final = (
    "Le fichier {missing} ne peut pas être ouvert : No such file or directory."
    " Rien n’a été modifié."
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. Arguments are written as typed, with names of the ground in braces.

    ``roles`` are all that it needs, and it needs every one of them, to do what ``does`` says;
    ``elsewhere`` names the test that has it do its work, where it is too much for a table.
    """

    name: str
    roles: frozenset[str]
    does: str | None = None
    refuses: Mapping[str, str] = field(default_factory=dict)
    outside_demo: str = ""
    """What it says in a real installation, where it is only for the demonstration."""
    elsewhere: str = ""
    leaves: frozenset[str] = frozenset()
    """The kinds that it leaves in the record when it has done its work."""


def command(name: str, *roles: str, leaves: str = "", **more: object) -> Command:
    """A row."""
    kinds = frozenset(leaves.split())
    return Command(name, frozenset(roles), leaves=kinds, **more)  # type: ignore[arg-type]


COMMANDS: Final[tuple[Command, ...]] = (
    # Who exists: the operator's role, which reads nothing of any case.
    command(
        "found_cell",
        "operator",
        refuses={"nulle-part X": "« nulle-part » n'est pas un code de département."},
        elsewhere="tests/agencies/test_commands_for_real_use.py",
    ),
    command(
        "enrol_agency",
        "operator",
        leaves="agency.enrolled",
        does="{code} {agency} --signatory Direction",
        refuses={
            "ZZ {agency} --signatory X": "Aucune cellule n'a le code « ZZ ».",
            "{code} personne --signatory X": (
                "Aucun organisme n'a le code ou l'identifiant « personne »."
            ),
        },
    ),
    command(
        "create_person",
        "operator",
        leaves="account.created factor.enrolled membership.granted",
        does="{new_email} --name X --cell {code} --agency {police} --roles agency_partner",
        refuses={
            "a@b.exemple --name X --cell ZZ --agency {police} --roles agency_partner": (
                "Aucune cellule n'a le code « ZZ »."
            ),
        },
    ),
    command(
        "enrol_totp",
        "operator",
        leaves="factor.enrolled",
        does="{spare_email}",
        refuses={"personne@b.exemple": "personne@b.exemple n'a pas de compte."},
    ),
    command(
        "end_person",
        "operator",
        leaves="membership.ended",
        does="{spare_email}",
        refuses={
            "personne@b.exemple": "Cette personne ne participe à aucune cellule.",
            "personne@b.exemple --switch-off": "Ce compte n'existe pas.",
        },
    ),
    command(
        "import_reference",
        "operator",
        refuses={"": "Indiquez au moins un fichier, par exemple --communes FICHIER."},
        elsewhere="tests/agencies/test_import_reference.py",
    ),
    command(
        "import_schools",
        "operator",
        refuses={"{missing}": NO_FILE},
        elsewhere="tests/agencies/test_import_schools.py",
    ),
    # The demonstration, and nothing outside it.
    command(
        "load_demo", "operator", outside_demo=DEMO_ONLY, elsewhere="tests/agencies/test_demo.py"
    ),
    command(
        "load_demo_cases",
        "operator",
        "runtime",
        outside_demo=DEMO_ONLY,
        elsewhere="tests/referrals/test_who_sees.py",
    ),
    command(
        "demo_code",
        "operator",
        does="{pilot_email}",
        refuses={"personne@b.exemple": "Aucune application n'est liée à personne@b.exemple."},
        outside_demo=NO_CODE,
    ),
    # Keys: the keeper's role, which opens no word without the key that lies elsewhere.
    command("rotate_root_key", "keeper", does="--check"),
    command("save_keys", "keeper", leaves="key.saved", does="{file}"),
    command(
        "restore_keys",
        "keeper",
        leaves="key.restored",
        does="{file}",
        refuses={"{no_keys}": "Ce fichier ne contient pas de clés enregistrées."},
    ),
    command(
        "rotate_case_keys",
        "keeper",
        leaves="key.case_rotated",
        does="{reference}",
        refuses={"ZZ-2026-1": "Aucun dossier ne porte la référence ZZ-2026-1."},
    ),
    command(
        "rotate_period_keys",
        "keeper",
        leaves="key.period_rotated",
        does="{code}",
        refuses={"{code} --period 1999": NO_PERIOD, "ZZ": NO_PERIOD},
    ),
    command(
        "shred_case",
        "keeper",
        leaves="case.shredded",
        does="{closed}",
        refuses={
            "{reference}": STILL_OPEN,
            "ZZ-2026-1": "Aucun dossier ne porte la référence ZZ-2026-1.",
        },
    ),
    command(
        "shred_period",
        "keeper",
        refuses={
            "{code} {year}": NOT_OVER,
            "{code} 1999": NO_PERIOD,
        },
        elsewhere="tests/referrals/test_keys_of_cases.py",
    ),
    # The record.
    command(
        "audit_verify",
        "auditor",
        leaves="audit.verified",
        does="--cell {cell} --quiet",
        refuses={"--cell nowhere": "There is no log of a cell 'nowhere'."},
    ),
    command(
        "audit_export",
        "auditor",
        refuses={"{missing} --cell nowhere": "There is no log of a cell 'nowhere'."},
        elsewhere="tests/audit/witnessing/test_exports.py",
    ),
    command("audit_watch", "auditor", elsewhere="tests/audit/test_health.py"),
    command("audit_seal", "sealer", elsewhere="tests/audit/test_commands.py"),
    command("audit_partitions", "operator", does=""),
    command("audit_epoch", "owner", does=""),
    command("audit_key", does=""),
    # The platform itself.
    command("migrate", "owner", does="--check --verbosity 0"),
    command(
        "outbox",
        "worker",
        does="",
        refuses={"--item 0": "Aucun envoi en échec ne porte ce numéro."},
    ),
    # A person who signs in at the terminal, with what they may ask on the pages.
    command(
        "explain",
        "runtime",
        "signin",
        leaves="access.explained signin.closed signin.code signin.opened signin.password",
        does="{reference} '{pilot_name}' --as {asker_email} --code {asker_code}",
    ),
    command("purge_house", "runtime", "signin", elsewhere="tests/audit/keeping/test_no_cell.py"),
)

NOT_THEIRS: Final = "Votre rôle ne permet pas d'interroger les droits d'autres personnes."
NO_CASE: Final = "Aucun dossier de la cellule ne porte cette référence."
NOBODY_SO_CALLED: Final = "Personne, ou plus d'une personne de la cellule, ne porte ce nom."
TOLD: Final = ""

EXPLAINS: Final[Mapping[str, str]] = {
    "pilot": NOT_THEIRS,
    "other_pilot": NOT_THEIRS,
    "coordinator": TOLD,
    "prosecutor": TOLD,
    "gendarme": NOT_THEIRS,
    "police": NOT_THEIRS,
    "victim_support": NOT_THEIRS,
    "prefecture": NOT_THEIRS,
    "auditor": TOLD,
    "cell_admin": NOT_THEIRS,
    "abroad pilot": NOT_THEIRS,
    "abroad coordinator": NOBODY_SO_CALLED,
    "abroad prosecutor": NOBODY_SO_CALLED,
    "abroad gendarme": NOT_THEIRS,
    "abroad auditor": NOBODY_SO_CALLED,
    "abroad cell_admin": NOT_THEIRS,
}
"""What ``explain`` tells each seat about an activated case and the pilot of its school."""
