"""Words are compared as people read them, and the quick look misses nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.searching.folding import folded
from referrals.searching.sieve import Sieve
from referrals.searching.words import PHRASE, START, WHOLE, Wanted

ALIKE = [
    ("Élève", "E\u0301le\u0300ve", "ELEVE", "eleve"),
    ("cœur", "coeur", "CŒUR", "Cœu\u00adr"),
    ("Straße", "strasse", "STRASSE"),
    ("İpek", "ipek", "I\u0307pek"),
    ("ＡＢＣ", "abc"),
    ("مُحَمَّد", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("Ngu\u200byễn", "nguyen"),
    ("Smørrebrød", "smorrebrod"),
]
TEXTS = st.text(
    st.sampled_from("aeéèEÉ oœŒßıİñ ǆ℡ﬃ\u0301\u0308\u200b-'\n محמ李小ТЭт12_"), max_size=30
)


def test_spellings_of_the_same_word_are_the_same():
    for spellings in ALIKE:
        assert len({folded(one) for one in spellings}) == 1, spellings
        for one in spellings:
            assert all(Wanted(one).worth_of([f"avant {other} après"]) for other in spellings)


def test_a_whole_word_is_worth_more_than_its_start_and_a_phrase_more_again():
    assert Wanted("elev").worth_of(["Des élèves"]) == {"elev": START}
    assert Wanted("eleves").worth_of(["Des élèves, des élévations"]) == {"eleves": WHOLE}
    assert Wanted("leves").worth_of(["Des élèves"]) == {}
    found = Wanted("cour récréation").worth_of(["la récréation, dans la cour"])
    assert found == {"cour": WHOLE, "recreation": WHOLE}
    assert Wanted("la cour").worth_of(["dans la  cour"])[""] == PHRASE


def test_scripts_without_spaces_are_searched_inside():
    assert Wanted("小龍").worth_of(["他叫李小龍先生"]) == {"小龍": START}
    assert Wanted("龍").words == ("龍",)
    assert not Wanted("é")


def test_no_more_than_eight_words_are_looked_for():
    assert len(Wanted(" ".join(f"mot{number}" for number in range(50))).words) == 8


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_the_quick_look_never_says_no_where_the_slow_one_finds(typed, text):
    sieve = Sieve(["avant", text, "après"])
    for word in Wanted(typed).worth_of([text]):
        assert not word or 1 in sieve.holding(word)
