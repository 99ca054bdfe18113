"""Folding by tables and looking through many texts at once say what the plain rules say."""

import random
import unicodedata

from referrals.searching.folding import folded, western_folded
from referrals.searching.sieve import Sieve
from tests.support.corpora import SEED
from tests.support.plain_words import EVERY_KIND, WORD, plainly, texts, words_of


def test_every_sign_is_folded_by_the_tables_as_by_the_rules():
    """Within a word and after it, alone and beside letters of Western Europe."""
    wrong = []
    for place in (*range(0x3000), *range(0xA000, 0xAC00), *range(0xF900, 0x20000), 0xE0041):
        sign = chr(place)
        if unicodedata.category(sign) in ("Cs", "Co", "Cn"):
            continue
        text = f"é{sign}b {sign}"
        expected = words_of(text)
        if WORD.findall(folded(text)) != expected:
            wrong.append((hex(place), "folded"))
        western = western_folded(text)
        if western is not None and WORD.findall(western) != expected:
            wrong.append((hex(place), "western"))
    assert wrong == []


def test_a_look_through_many_texts_finds_what_each_of_them_holds():
    """No text too few and none too many, whatever stands before and after it."""
    chance = random.Random(SEED)
    words = sorted({word for one in EVERY_KIND for word in words_of(one)})
    words += [word[:2] for word in words if len(word) > 2]
    for number in (0, 1, 2, 49, 50, 51, 400):
        some = texts(chance, number)
        sieve, plain = Sieve(some), [plainly(text) for text in some]
        for word in words:
            holding = [place for place, text in enumerate(plain) if word in text]
            assert sieve.holding(word) == holding, (ascii(word), number, SEED)
        assert sorted(sieve.rarest_first(words)) == sorted(words)
