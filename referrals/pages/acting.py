"""An act on a page of this app: as everywhere, with the words that the fields of a case have."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from kernel.http.acting import Act, kept, posted, version_of
from kernel.http.acting import perform as perform_anywhere

__all__ = ["Act", "kept", "perform", "posted", "version_of"]

CHANGED = {"state": _("étape"), "urgency": _("urgence")}
"""How the fields of a case are called in a sentence."""

perform = partial(perform_anywhere, words=CHANGED)
