"""What a seat may do on a case now, the next step of its path first."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from agencies.rules import rules_of
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.cases import units_on_case
from referrals.casefile.selectors import CaseFile
from referrals.compartments import compartments_in
from referrals.forms import (
    AskAccessForm,
    AskInformationForm,
    FeedbackForm,
    MeasureForm,
    OrdersForm,
    OutcomeForm,
    ProsecutorForm,
    TriageForm,
)
from referrals.models import Case
from referrals.models.access import Level
from referrals.models.history import MeasureState
from referrals.pages.telling import must_go
from referrals.sharing.requests import shared_scope
from referrals.sharing.services.ask import askable
from referrals.states import ENDS, STEPS, State

Bound = dict[str, forms.BaseForm]


@dataclass(slots=True)
class Task:
    """One act that is open to this seat. The ``main`` one is unfolded, the others on demand.

    One that ``is_page`` has a page of its own, which is led to.
    """

    name: str
    title: object
    text: object
    url: str
    label: object
    form: forms.BaseForm | None = None
    open: bool = False
    main: bool = False
    is_page: bool = False


class Tasks:
    """Gathers the acts of one case for one viewer, in the order in which they come."""

    def __init__(
        self, viewer: Viewer, opened: CaseFile, bound: Bound, shared: int | None = None
    ) -> None:
        self.viewer, self.opened, self.bound, self.shared = viewer, opened, bound, shared
        self.case = opened.case
        self.found: list[Task] = []

    def add(self, name: str, title: object, text: object, label: object, form: Any = None) -> None:
        """One more act; the form that came back with errors takes the place of a fresh one."""
        url = reverse(f"referrals:{name}", args=[self.case.pk])
        form = self.bound.get(name) or form
        self.found.append(Task(name, title, text, url, label, form, open=name in self.bound))

    def may(self, verb: str) -> bool:
        """Whether the step belongs to this seat and the case is ready for it."""
        ready = self.case.state in STEPS[verb].sources and policies.conducts(self.viewer, self.case)
        return ready and policies.can_take_step(self.viewer, verb)

    def steps(self) -> None:
        """What carries the case to its next state."""
        if self.may("acknowledge"):
            self.add(
                "acknowledge",
                _("Prendre en charge la saisine"),
                _("L'établissement saura aussitôt que sa saisine est lue."),
                _("Prendre en charge"),
            )
        if self.may("triage"):
            self.add(
                "triage",
                _("Évaluer la situation"),
                _("Le parquet décide ensuite d'activer la cellule."),
                _("Enregistrer l'évaluation"),
                TriageForm(prefix="triage"),
            )
        if policies.can_name_prosecutor(self.viewer, self.case):
            self._prosecutor()
        if self.may("activate") and policies.can_activate(self.viewer, rules_of(self.case.cell_id)):
            self.add(
                "activate",
                _("Activer la cellule"),
                _("La coordination pourra réunir les services et décider des mesures."),
                _("Activer la cellule"),
            )

    def _prosecutor(self) -> None:
        """Missing, the office is the next thing to name; named, it can still be another one."""
        missing = self.case.prosecutor_unit is None
        wanted = missing and must_go(self.viewer, self.case)
        form = ProsecutorForm(self.viewer, prefix="name_prosecutor")
        if not missing and len(form.offices) < 2:
            return
        self.add(
            "name_prosecutor",
            _("Désigner le parquet") if missing else _("Changer de parquet"),
            _("Le territoire de la cellule ne dit pas quel parquet suit cet établissement.")
            if wanted
            else _("Le parquet choisi voit le dossier et décide d'activer la cellule."),
            _("Désigner ce parquet"),
            form,
        )
        self.found[-1].main = wanted

    def orders(self) -> None:
        """What the prosecutor's office asks of the others on this case."""
        if policies.can_give_orders(self.viewer, self.case):
            held = {
                "freeze_acts": self.case.acts_frozen_at is not None,
                "pause_interviews": self.case.interviews_paused_at is not None,
                "closed": [part.code for part in compartments_in(self.case.closed_scope)],
            }
            self.add(
                "orders",
                _("Donner des consignes aux autres services"),
                _("Elles valent aussitôt et tant que vous les laissez. Aucun motif n'est dit."),
                _("Enregistrer les consignes"),
                OrdersForm(prefix="orders", initial=held),
            )

    def asking(self) -> None:
        """What a partner may ask of the cell."""
        if not policies.can_ask(self.viewer, self.case) or self.case.state in ENDS:
            return
        shared = self.shared
        if shared is None:
            shared = shared_scope(self.viewer, self.case)
        wanted = askable(self.viewer, shared)
        if wanted:
            self.add(
                "ask_access",
                _("Demander à voir une autre partie"),
                _("Rien ne s'ouvre aussitôt : la coordination répond pour chaque partie."),
                _("Envoyer la demande"),
                AskAccessForm(wanted, prefix="ask_access"),
            )
        if shared:
            self.add(
                "ask_information",
                _("Poser une question à la coordination"),
                _("La réponse ne sera lue que par votre service et la coordination."),
                _("Envoyer la question"),
                AskInformationForm(shared, prefix="ask_information"),
            )

    def work(self) -> None:
        """What the cell does between activation and outcome."""
        if policies.can_share(self.viewer, self.case):
            self.add(
                "share",
                _("Partager avec un service"),
                _("Choisissez ce que le service verra, pourquoi et jusqu'à quand."),
                _("Choisir le service"),
            )
            self.found[-1].is_page = True
        if policies.can_add_measure(self.viewer, self.case):
            self.add(
                "measure",
                _("Décider une mesure"),
                _("Elle est confiée à un service qui voit déjà le dossier."),
                _("Ajouter la mesure"),
                MeasureForm(owners_of(self.viewer, self.opened.case), prefix="measure"),
            )
        if self.may("resolve"):
            self.add(
                "resolve",
                _("Constater l'issue"),
                _("Ce qui a changé pour l'élève cible."),
                _("Enregistrer l'issue"),
                OutcomeForm(prefix="resolve"),
            )

    def ending(self) -> None:
        """What is told to the school, and the end. It is told before the case can be closed."""
        if self.may("close") and self._told():
            self.add(
                "close",
                _("Clore le dossier"),
                self._what_closing_ends(),
                _("Clore le dossier"),
            )
        if policies.can_give_feedback(self.viewer, self.case):
            self.add(
                "feedback",
                _("Répondre à l'établissement"),
                _("Une réponse parmi celles prévues ; rien de judiciaire n'y figure."),
                _("Envoyer la réponse"),
                FeedbackForm(prefix="feedback"),
            )

    def _what_closing_ends(self) -> str:
        """What ends with the case, first of all the measures that nobody has done yet."""
        ends = gettext("Les partages prennent fin et plus rien ne s'ajoute au dossier.")
        left = sum(line.state == MeasureState.PLANNED for line, _note in self.opened.measures)
        if not left:
            return ends
        undone = ngettext(
            "%(count)s mesure n'est pas faite : elle le restera.",
            "%(count)s mesures ne sont pas faites : elles le resteront.",
            left,
        )
        return f"{undone % {'count': left}} {ends}"

    def _told(self) -> bool:
        """Whether the school has been told since the outcome is known."""
        told, resolved = self.case.feedback_at, self.case.resolved_at
        return told is not None and resolved is not None and told >= resolved


def tasks_for(
    viewer: Viewer, opened: CaseFile, bound: Bound, shared: int | None = None
) -> list[Task]:
    """The acts that this seat may do on this case now, the next one of its path first.

    ``shared`` is what shares would hold open, for a preview; otherwise what they do hold open.
    """
    tasks = Tasks(viewer, opened, bound, shared)
    if not policies.can_act(viewer, opened.case):
        return []
    ended = opened.case.state == State.RESOLVED
    tasks.steps()
    if ended:
        tasks.ending()
    tasks.work()
    if not ended:
        tasks.ending()
    tasks.orders()
    tasks.asking()
    for place, task in enumerate(tasks.found):
        task.main = place == 0 and _is_next(task, opened)
    return tasks.found


def _is_next(first: Task, opened: CaseFile) -> bool:
    """Whether the first act is the one that the case waits for.

    Once a share runs the cell works in no fixed order, so nothing is pushed to the front.
    """
    if first.name == "name_prosecutor":
        return first.main
    if first.name in ("orders", "ask_access", "ask_information"):
        return False
    if first.name == "share":
        return opened.case.state == State.ACTIVATED and not opened.shares
    return first.name in STEPS or opened.case.state == State.RESOLVED


def owners_of(viewer: Viewer, case: Case) -> list[tuple[str, str]]:
    """The agencies that a measure can be given to: those that may see the case now."""
    units = units_on_case(case, Level.READ)
    return [
        (str(partner.accession_id), partner.name)
        for partner in partners.partners_by_units(viewer, units)
    ]
