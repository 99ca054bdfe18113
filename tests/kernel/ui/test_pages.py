"""Pages are made of components: no look of their own, nothing that the policy forbids."""

import re
from pathlib import Path

import pytest

from kernel.ui.components import register

ROOT = Path(__file__).resolve().parents[3]
KERNEL = ROOT / "platform" / "kernel" / "templates"
PAGES = sorted(
    path
    for app in ("audit", "agencies", "referrals", "meetings")
    for path in (ROOT / app / "templates").rglob("*.html")
)
OURS = sorted(KERNEL.rglob("*.html"))
LOOK = re.compile(
    r"<(?:form|input|button|select|textarea|table|script|style|svg|dialog|div|nav|iframe|img)\b"
    r"|\s(?:class|style)=",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"\sstyle=|\son[a-z]+=|<style|javascript:")
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape off")


TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


def markup(path: Path) -> str:
    """What a template writes itself, without what its tags and variables stand for."""
    return TAG.sub("", path.read_text())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_made_of_components(path: Path) -> None:
    found = LOOK.search(markup(path))
    assert found is None, f"{path.relative_to(ROOT)} writes {found[0]!r}: use a component"


@pytest.mark.parametrize("path", PAGES + OURS, ids=lambda path: path.name)
def test_no_template_needs_an_exception_from_the_policy(path: Path) -> None:
    text = markup(path)
    found = FORBIDDEN.search(text) or UNESCAPED.search(path.read_text())
    assert found is None, f"{path.relative_to(ROOT)} writes {found[0]!r}"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_the_gallery_shows_every_component() -> None:
    gallery = (KERNEL / "ui" / "gallery.html").read_text()
    missing = [name for name in register.tags if f"% {name} " not in gallery]
    assert missing == []


def test_the_guide_describes_every_component() -> None:
    guide = (ROOT / "platform" / "kernel" / "ui" / "README.md").read_text()
    missing = [name for name in register.tags if f"% {name}" not in guide]
    assert missing == []


def test_the_lock_holds_no_address() -> None:
    lock = ROOT / "platform" / "kernel" / "ui" / "frontend" / "package-lock.json"
    assert '"resolved"' not in lock.read_text()
