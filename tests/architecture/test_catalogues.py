"""Every French text of ours has its English one, and a page shows it to whoever asks for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.urls import reverse

from tests.architecture.test_house import ROOT, sources

PACKAGES = ("agencies", "audit", "meetings", "referrals", "platform")
CATALOGUE = ROOT / "platform" / "kernel" / "locale" / "en" / "LC_MESSAGES" / "django.po"
MARKERS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2}
QUOTED = r"""(?:"([^"]*)"|'([^']*)')"""
LITERAL = re.compile(rf"(?:\b_\(|\{{%\s*translate\s+){QUOTED}")
BLOCK = re.compile(
    r"\{%\s*blocktranslate\b(.*?)%\}(.*?)\{%\s*endblocktranslate\s*%\}", flags=re.DOTALL
)
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w+\}")


def ours(suffix: str) -> list[Path]:
    """Our own sources, tests and the launcher left out."""
    return [path for path in sources(suffix) if path.relative_to(ROOT).parts[0] in PACKAGES]


def said_in_code(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for argument in node.args[: MARKERS.get(node.func.id, 0)]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def said_in_template(text: str) -> Iterator[str]:
    for double, single in LITERAL.findall(text):
        yield (double or single).replace("%", "%%")
    for options, body in BLOCK.findall(text):
        for part in PLURAL.split(body):
            words = VARIABLE.sub(r"%(\1)s", part.replace("%", "%%"))
            if "trimmed" in options.split():
                words = " ".join(line.strip() for line in words.strip().splitlines())
            yield words


def entries() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def translations() -> dict[str, str]:
    """Each French text, singular or plural, with its English one."""
    known = {}
    for entry in entries():
        if entry.msgid_plural:
            known[entry.msgid] = entry.msgstr_plural.get(0, "")
            known[entry.msgid_plural] = entry.msgstr_plural.get(1, "")
        else:
            known[entry.msgid] = entry.msgstr
    return known


def test_each_text_is_translated_once():
    named = [(entry.msgctxt, entry.msgid) for entry in entries() if not entry.obsolete]
    assert sorted(set(named), key=str) == sorted(named, key=str)


@pytest.mark.parametrize(("suffix", "said"), [(".py", said_in_code), (".html", said_in_template)])
def test_every_text_is_translated(suffix, said):
    known = translations()
    found = {
        (words, str(path.relative_to(ROOT)))
        for path in ours(suffix)
        for words in said(path.read_text())
    }
    assert len(found) > 200
    assert sorted(pair for pair in found if not known.get(pair[0])) == []


def test_texts_are_read_as_they_will_be_looked_up():
    assert list(said_in_code('_("a" "b"); ngettext("un", "%(n)s", 2); print("no")')) == [
        "ab",
        "un",
        "%(n)s",
    ]
    template = (
        """{% ui_x _("l'un") b=_('deux') %}{% translate "trois" %}"""
        "{% blocktranslate trimmed count n=x %}\n  Un {{ a }}\n  ici{% plural %}{{ n }} b"
        "{% endblocktranslate %}"
    )
    expected = ["l'un", "deux", "trois", "Un %(a)s ici", "%(n)s b"]
    assert list(said_in_template(template)) == expected


def test_placeholders_are_the_same_in_both_languages():
    differing = [
        (french, english)
        for french, english in translations().items()
        if sorted(PLACEHOLDER.findall(french)) != sorted(PLACEHOLDER.findall(english))
    ]
    assert differing == []


def test_nothing_is_doubtful_or_left_behind():
    assert [entry.msgid for entry in entries() if entry.fuzzy or entry.obsolete] == []
    assert [french for french, english in translations().items() if not english] == []


@pytest.fixture
def _compiled_here(tmp_path, settings):
    """The catalogue as this test compiled it, whatever set-up has left beside the source."""
    compiled = tmp_path / "en" / "LC_MESSAGES" / "django.mo"
    compiled.parent.mkdir(parents=True)
    entries().save_as_mofile(str(compiled))
    settings.LOCALE_PATHS = [tmp_path]


@pytest.mark.usefixtures("_compiled_here")
@pytest.mark.parametrize(
    ("cookie", "language", "words"),
    [("en", "en", "Work email address"), ("", "fr", "Adresse électronique professionnelle")],
)
def test_a_page_is_in_the_language_chosen(cookie, language, words):
    browser = Client()
    browser.cookies["langue"] = cookie
    page = browser.get(reverse("agencies:sign_in"))
    assert page.headers["Content-Language"] == language
    assert f'lang="{language}"' in page.text
    assert words in page.text
