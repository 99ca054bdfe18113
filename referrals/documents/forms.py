"""The form that a document is added with."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kernel.files.kinds import KINDS, LARGEST, MIB
from kernel.files.receiving import LARGEST_IN_A_FORM, is_too_large
from kernel.ui.forms import DateInput, RadioChoices
from referrals.compartments import BY_CODE, Compartment
from referrals.documents.services.add import INTIMATE, INTIMATE_IMAGE, SOURCE, NewDocument
from referrals.models.document import Nature

ACCEPTED = ",".join(kind.suffix for kind in KINDS.values()) + ",.jpeg"


class DocumentForm(forms.Form):
    """A file, where it belongs and what it is."""

    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("PDF, Word (docx), OpenDocument (odt) ou image. %(most)s Mo au plus.")
        % {"most": LARGEST // MIB},
        allow_empty_file=True,
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    upload = forms.UUIDField(required=False, widget=forms.HiddenInput)
    upload_name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    nature = forms.ChoiceField(
        label=_("De quoi s'agit-il ?"), choices=[("", _("Choisir")), *Nature.choices]
    )
    captured_on = forms.DateField(
        label=_("Capture faite le"),
        widget=DateInput,
        error_messages={"required": _("Indiquez le jour où la capture a été faite.")},
    )
    source = forms.CharField(
        label=_("D'où vient la capture"),
        help_text=_("Réseau ou messagerie, groupe, compte. Pas de mot de passe."),
        max_length=SOURCE,
        error_messages={"required": _("Indiquez d'où vient la capture : réseau, groupe, compte.")},
    )
    part = forms.ChoiceField(
        label=_("Partie du dossier"),
        help_text=_("Ceux qui voient cette partie verront le document, et personne d'autre."),
        widget=RadioChoices,
    )
    intimate = forms.ChoiceField(
        label=_("Ce fichier montre-t-il un élève dénudé ou un acte sexuel ?"),
        choices=[("no", _("Non")), ("yes", _("Oui"))],
        widget=RadioChoices,
    )

    def __init__(self, parts: list[Compartment], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Shown for a screenshot alone, and asked for then.
        screenshot = not self.is_bound or self["nature"].data == Nature.SCREENSHOT
        self.fields["captured_on"].required = self.fields["source"].required = screenshot
        choices = [(part.code, part.label) for part in parts]
        self.fields["part"].choices = choices  # type: ignore[attr-defined]
        if len(parts) == 1:
            self.fields["part"].initial = parts[0].code

    def clean_intimate(self) -> str:
        """Such an image is refused before anything else is said of it."""
        answer: str = self.cleaned_data["intimate"]
        if answer == "yes":
            raise forms.ValidationError(str(INTIMATE), code=INTIMATE_IMAGE)
        return answer

    def clean_file(self) -> UploadedFile[Any] | None:
        """Without a script the file comes with the form, which keeps only so much of it."""
        sent: UploadedFile[Any] | None = self.cleaned_data["file"]
        if sent is not None and is_too_large(sent):
            message = _(
                "Ce fichier dépasse %(most)s Mo, et votre navigateur n'a pas pu l'envoyer en"
                " plusieurs fois. Rechargez la page avec JavaScript, ou réduisez le fichier."
            ) % {"most": LARGEST_IN_A_FORM // MIB}
            raise forms.ValidationError(message, code="file_too_large")
        return sent

    def clean(self) -> dict[str, Any]:
        """A file comes with the form or in parts before it. An intimate image is not asked for."""
        said = super().clean() or {}
        lacks = "file" in said and said["file"] is None and not said.get("upload")
        if lacks and not self.has_error("intimate", INTIMATE_IMAGE):
            self.add_error("file", str(_("Choisissez un fichier.")))
        return said

    def as_new(self) -> NewDocument:
        """What was said of the file."""
        said = self.cleaned_data
        captured_on: date | None = said["captured_on"]
        return NewDocument(
            part=BY_CODE[said["part"]],
            nature=Nature(said["nature"]),
            name=said["file"].name if said["file"] else said["upload_name"],
            intimate=said["intimate"] == "yes",
            source=said["source"],
            captured_on=captured_on,
        )
