"""Reading single values out of a row, and noting those that make no sense."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.utils.translation import gettext as _

from agencies.directory import uai
from agencies.directory.errors import Remark
from agencies.directory.reading import Row

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Values:
    """The values of one row. What is wrong becomes a remark and reads as empty."""

    def __init__(self, row: Row, code: str, remarks: list[Remark]) -> None:
        self.line = row.line
        self._values = row.values
        self._code = code
        self._remarks = remarks

    def remark(self, reason: str) -> None:
        """Note something about this line for the report."""
        self._remarks.append(Remark(self.line, self._code, reason))

    def unstorable(self) -> str | None:
        """Name a column that holds a character no database takes."""
        return next((k for k, text in self._values.items() if _UNSTORABLE.search(text)), None)

    def has(self, field: str) -> bool:
        """Whether the line says anything in this column."""
        return bool(self._values.get(field, "").strip())

    def text(self, field: str, longest: int) -> str:
        """A value on one line, without spaces around it, cut at a length no real one reaches."""
        value = self._values.get(field)
        if not value:
            return ""
        value = " ".join(value.split())
        if len(value) > longest:
            self.remark(_("valeur coupée à %d caractères") % longest)
        return value[:longest]

    def lines(self, *fields: str) -> str:
        """Several values as the lines of one address, without those that repeat another."""
        found = [self.text(field, 200) for field in fields]
        return "\n".join(dict.fromkeys(line for line in found if line))

    def code(self, field: str) -> str:
        """The code of another establishment."""
        code = uai.normalise(self.text(field, 30))
        if code and not uai.is_valid(code):
            self.remark(_("« %s » n'est pas un code UAI") % code)
            return ""
        return code

    def number(self, field: str, largest: int) -> int | None:
        """A count."""
        text = self.text(field, 30)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= largest):
            self.remark(_("« %s » n'est pas un nombre") % text)
            return None
        return int(text)

    def day(self, field: str) -> date | None:
        """A date written 2024-09-01 or 01/09/2024, with or without a time of day."""
        text = self.text(field, 40)
        if not text:
            return None
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(text[:10], form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
        self.remark(_("« %s » n'est pas une date") % text)
        return None

    def postcode(self) -> str:
        """Five digits."""
        text = self.text("postcode", 20).replace(" ", "")
        code = text.zfill(5) if text.isascii() and text.isdigit() else text
        if code and not re.fullmatch(r"[0-9]{5}", code):
            self.remark(_("« %s » n'est pas un code postal") % text)
            return ""
        return code

    def siret(self) -> str:
        """Fourteen digits whose last one checks the others."""
        text = self.text("siret", 40).replace(" ", "")
        if not text:
            return ""
        if not re.fullmatch(r"[0-9]{14}", text) or not _checks_out(text):
            self.remark(_("« %s » n'est pas un SIRET") % text[:20])
            return ""
        return text

    def email(self) -> str:
        """An address, in lower case."""
        text = self.text("email", 254).replace(" ", "").lower()
        if text and not _EMAIL.fullmatch(text):
            self.remark(_("l'adresse électronique est mal formée"))
            return ""
        return text

    def phone(self) -> str:
        """Digits, with the country's plus sign where there is one."""
        text = re.sub(r"[\s.\-()/]", "", self.text("phone", 40))
        if text and not re.fullmatch(r"\+?[0-9]{6,15}", text):
            self.remark(_("« %s » n'est pas un numéro de téléphone") % text)
            return ""
        return text

    def position(self) -> tuple[float | None, float | None]:
        """Latitude and longitude, from their own columns or from the one that holds both."""
        pair = [self.text("latitude", 40), self.text("longitude", 40)]
        if not any(pair):
            pair = self.text("position", 80).replace(";", ",").split(",")
        if not any(pair):
            return None, None
        try:
            latitude, longitude = (float(part.strip().replace(",", ".")) for part in pair)
        except ValueError:
            latitude = longitude = float("nan")
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            self.remark(_("position géographique illisible"))
            return None, None
        return latitude, longitude


def _checks_out(digits: str) -> bool:
    """The Luhn sum of a SIRET."""
    doubled = [int(d) * (1 + (i % 2 == 0)) for i, d in enumerate(digits)]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
