"""How words are compared, sign by sign and without haste, and texts with signs of every kind."""

import random
import re
import unicodedata
from collections.abc import Iterable

WORD = re.compile(r"\w+")
LETTERS = dict(zip("œæøłđðþı", ("oe", "ae", "o", "l", "d", "d", "th", "i"), strict=True))
EVERY_KIND = [
    *("élève", "E\u0301LE\u0300VE", "eleve", "É\u200bl\u00adè\u2060ve", "e\u0301\u0323leve"),
    *("cœur", "CŒUR", "coeur", "Cœ\u00adur", "c\u200douer", "œuvre", "Ægir", "aegir", "ægir"),
    *("l’élève", "l'eleve", "l‘eleve", "lʼeleve", "qu’il", "“cour”", "«\u00a0cour\u202f»", "cour…"),
    *("Straße", "STRASSE", "straẞe", "ﬁn", "ﬀ", "℡", "№", "ﬅ", "Ǆ", "ĳ", "½", "m²", "1ᵉʳ", "nº"),
    *(
        "İpek",
        "ıpek",
        "ipek",
        "Şahin",
        "sahin",
        "Łukasz",
        "Đặng",
        "Nguyễn",
        "nguyen",
        "Þór",
        "thor",
    ),
    *(
        "Smørrebrød",
        "ＡＢＣ",
        "abc",
        "𝔠𝔬𝔲𝔯",
        "ſœur",
        "soeur",
        "K",
        "Å",
        "µm",
        "μm",
        "¼a",
        "ª",
        "a×b",
    ),
    *(
        "مُحَمَّد",
        "محمد",
        "שָׁלוֹם",
        "заяц",
        "ЗАЯЦ",
        "李小龍",
        "ガ",
        "ｶﾞ",
        "한글",
        "ก็",
        "क्ष",
        "🙂",
        "e\u20dd",
    ),
    *("", "\0", "a\0b", "_", "a_b", "\n", "élè\nve", "\u2028", "\ufeffcour", "\U000e0061cour"),
]
"""Accents, ligatures, apostrophes, marks that show nothing, capitals, scripts."""


def plainly(text: str) -> str:
    """The rules themselves, sign by sign."""
    small = unicodedata.normalize("NFKD", text).casefold()
    kept = (one for one in small if unicodedata.category(one) not in ("Mn", "Me", "Cf"))
    return "".join(LETTERS.get(one, one) for one in kept)


def texts(chance: random.Random, number: int) -> list[str]:
    """Texts of some of these words each, with signs and nothing between them."""
    between = ["", " ", " ", " ", "-", "’", "'", "…", ", ", "\u00a0", "\u0301", "\u200b", "\u00ad"]
    return [
        "".join(
            chance.choice(EVERY_KIND) + chance.choice(between)
            for _word in range(chance.randrange(9))
        )
        for _text in range(number)
    ]


def words_of(text: str) -> list[str]:
    """The words of a text, one after the other."""
    return WORD.findall(plainly(text))


def worth(typed: str, strings: Iterable[str]) -> dict[str, int]:
    """What each word that was typed is worth in these texts: the start of a word 1, a whole word 3;
    all that was typed, one word after the other, 4 more."""
    asked, best = words_of(typed), {}
    wanted = list(dict.fromkeys(word for word in asked if len(word) > 1))[:8]
    for string in strings:
        here = words_of(string)
        for word in wanted:
            found = 3 if word in here else int(any(one.startswith(word) for one in here))
            best[word] = max(found, best.get(word, 0))
        if len(wanted) > 1 and " ".join(asked) in re.sub(r"\W+", " ", plainly(string)):
            best[""] = 4
    return {word: found for word, found in best.items() if found}
