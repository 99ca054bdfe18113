"""Names of persons as they are written anywhere, and what is none: 600 and more of them."""

import random
import unicodedata
from collections.abc import Iterator

from tests.support.typed import KEPT, REFUSED, Item, numbered

FRENCH = (
    *("Élodie", "Zoé", "Maël", "L'Haÿ", "d'Artagnan", "Le-Gall", "Lecœur", "Ségolène", "Ÿves"),
    *("Anne-Marie", "Jean‑Noël", "de La Tour", "O’Connor", "C'hann", "Guénolé", "Œdipe", "Ñuñez"),
)
ELSEWHERE = {
    "arabic": ("محمد", "مُحَمَّد", "عبد الله", "فاطمة", "بن علي", "لؤي"),
    "hebrew": ("שרה", "כהן", "שָׁלוֹם", "בן־דוד"),
    "chinese": ("小龍", "李", "欧阳", "𠮷田", "諸葛"),
    "tamil": ("யாழினி", "கண்ணன்", "ஸ்ரீ"),
    "turkish": ("İpek", "Işık", "ILGIN", "ılgın", "Çağrı"),
    "vietnamese": ("Nguyễn", "Thị Hường", "Đặng", "Phạm"),
    "greek": ("Ἀλέξανδρος", "Σίσυφος", "ΟΔΥΣΣΕΎΣ"),
    "cyrillic": ("Ёлкин", "Щербакова", "Їжак"),
    "korean": ("김", "각", "박지성"),
    "thai": ("สมชาย", "ปู"),
    "devanagari": ("क्षितिज", "श्री", "ज़ोया"),
    "georgian": ("ნინო", "ᲜᲘᲜᲝ"),
    "ethiopic": ("አበበ", "ሰላም"),
}
COLLIDE = ("Straße", "STRASSE", "ﬁona", "Ⅷ", "ſara", "K", "Å", "ǅura", "ΐ", "ŉa", "ＡＢＣ")
ALIKE = ("Аlba", "Νina", "Ꭺlba", "аlbа", "Alｂa", "Ɑlba")
HIDDEN = ("\u202e", "\u2066", "\u200d", "\u200c", "\u200b", "\u00ad", "\ufeff", "\u2060", "\u061c")
EMOJI = ("🏳️‍🌈", "👩‍👩‍👧", "🇫🇷", "👍🏽", "❤️")
NO_CHARACTERS = ("\ufdd0", "\uffff", "\U0001fffe", "\U0010ffff", "\ue000")
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
HALVES = ("\ud800", "\udbff", "\udc00", "\udfff", "a\ud83d", "\ude00b", "\ud800\ud800")


def corpus(seed: int) -> list[Item]:
    """At least 600 items, the same for the same seed."""
    chance = random.Random(seed)
    return [
        *numbered("N1", _kept(chance), KEPT),
        *numbered("N1", _refused(chance), REFUSED),
    ]


def _kept(chance: random.Random) -> Iterator[tuple[str, str]]:
    plain = [*FRENCH, *(name for names in ELSEWHERE.values() for name in names)]
    for script, names in {
        "french": FRENCH,
        "collision": COLLIDE,
        "lookalike": ALIKE,
        **ELSEWHERE,
    }.items():
        for name in names:
            yield script, name
            yield f"{script}-nfc", unicodedata.normalize("NFC", name)
            yield f"{script}-nfd", unicodedata.normalize("NFD", name)
    for _each in range(150):
        one, other = chance.sample(plain, 2)
        yield "double", f"{one}{chance.choice('- ')}{other}"[:100].strip()
    for length in (1, 2, 99, 100):
        yield "length", "B" * length
        yield "length", ("é" * length)[:100]
    for depth in (1, 5, 20, 60):
        yield "stack", "a" + "".join(chance.choices("\u0301\u0308\u0323\u0327\u0331", k=depth))
    for hidden in HIDDEN:
        yield "hidden", f"{hidden}ab{hidden}c"
        yield "hidden", f"Al{hidden}ba"
    for text in (*EMOJI, *NO_CHARACTERS):
        yield "odd", text
        yield "odd", f"Nina {text}"
    for _each in range(60):
        letters = "".join(chance.choices("abcdefghéèçœßñøłąďżıĳǆ'’-. ", k=chance.randint(2, 40)))
        yield "random", letters.strip(" ") or "x"
    for text in ("<b>", "{{ x }}", "'--", "=1+1", "@SUM(A1)", "null", "None", "NaN", "0", "-"):
        yield "looks like code", text


def _refused(chance: random.Random) -> Iterator[tuple[str, str]]:
    for control in CONTROLS:
        yield "control", f"Al{control}ba"
    for control in chance.sample(CONTROLS, 24):
        yield "control", f"{control}Alba"[::-1] + "x"
    for half in HALVES:
        yield "half", f"Nina{half}"
        yield "half", half
    for length in (101, 102, 1000, 100_000):
        yield "long", "B" * length
    for blank in ("", " ", "   ", "\t", "\u00a0", "\u2003", "\u3000"):
        yield "blank", blank
