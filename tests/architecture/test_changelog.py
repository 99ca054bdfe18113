"""Who calls the API reads first what changed for them, in words that the code knows."""

import re

from django.urls import resolve

from referrals.models.glass import Emergency
from tests.architecture.test_house import ROOT

SECTION = re.compile(r"^### (.+?)$(.*?)(?=^##|\Z)", flags=re.MULTILINE | re.DOTALL)


def test_the_changelog_begins_with_callers_of_the_api_and_names_what_there_is():
    first, said = SECTION.findall((ROOT / "infra/docs/changelog.md").read_text())[0]
    assert first == "Callers of the API"
    paths = re.findall(r"`[A-Z]+ (/api/[^`]+)`", said)
    assert {resolve(path).view_name for path in paths} >= {"api-emergencies-list"}
    assert all(f"`{code}`" in said for code in Emergency.values)
