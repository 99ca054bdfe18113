"""Who calls the API reads first what changed for them, in words that the code knows."""

import re

from django.urls import resolve

from referrals.models.glass import Emergency
from tests.architecture.test_house import ROOT

SECTION = re.compile(r"^### (.+?)$(.*?)(?=^##|\Z)", flags=re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`[A-Z]+ (/api/[^`]+)`")
CALLERS = "Callers of the API"


def test_the_changelog_begins_with_callers_of_the_api_and_names_what_there_is():
    changes = (ROOT / "infra/docs/changelog.md").read_text()
    for release in changes.split("\n## ")[1:]:
        assert SECTION.findall(release)[0][0] == CALLERS
    to_callers = [said for to_whom, said in SECTION.findall(changes) if to_whom == CALLERS]
    newest = {resolve(path).view_name for path in PATH.findall(to_callers[0])}
    assert newest, "what is called today is there today"
    [emergencies] = [said for said in to_callers if "`POST /api/v1/emergencies/`" in said]
    assert all(f"`{code}`" in emergencies for code in Emergency.values)
    assert any("`POST /api/v1/audit/cosignatures/` is refused (409)" in said for said in to_callers)
