"""The locks: every package by name, version and hash, and no address of any registry."""

import json
import re

import pytest

from infra.launcher.frontend import LOCKED, SOURCES
from infra.launcher.places import ROOT

REQUIREMENTS = ROOT / "infra" / "requirements"
ADDRESS = re.compile(r"https?://|--index-url|--find-links|registry\s*=")


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_requirement_has_an_exact_version_and_hashes(name):
    entries = (REQUIREMENTS / name).read_text().replace("\\\n", " ").splitlines()
    wanted = [line for line in entries if line.strip() and not line.startswith("#")]
    assert wanted
    assert [line for line in wanted if "==" not in line or "--hash=sha256:" not in line] == []


def test_what_the_servers_run_on_is_what_was_tested():
    base, dev = (
        set(re.findall(r"^(\S+==\S+)", (REQUIREMENTS / name).read_text(), re.MULTILINE))
        for name in ("base.txt", "dev.txt")
    )
    assert base <= dev


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.iterdir()), ids=lambda path: path.name)
def test_no_requirement_names_a_registry(path):
    assert ADDRESS.search(path.read_text()) is None


def test_the_front_end_lock_names_no_address():
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


@pytest.mark.parametrize("name", [name for name in LOCKED if name != "package-lock.json"])
def test_no_front_end_setting_names_a_registry(name):
    assert ADDRESS.search((SOURCES / name).read_text()) is None
