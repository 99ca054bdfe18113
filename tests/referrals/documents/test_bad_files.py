"""Bad files: each ends as the corpus says, quickly, in little memory, and says so in the record.

A slice of each class runs here, another one each time; the seed is printed. The whole corpus:

    ./infra/bin/corpus tests/referrals/documents/test_bad_files.py
"""

import os
import random
import resource
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.uploads import (
    CLEAN,
    INFECTED,
    Item,
    active,
    bombs,
    holds,
    polyglots,
    remarks,
    viruses,
)

pytestmark = pytest.mark.corpus
WHOLE = os.environ.get("REMPART_CORPUS") == "whole"
SEED = int(os.environ.get("REMPART_SEED") or random.randrange(10**6))
SLICE, SECONDS, GROWTH = 4, 2.0, 64 * 1024
CLASSES = {
    "U1": (polyglots.corpus, 120),
    "U2": (bombs.corpus, 60),
    "U3": (active.corpus, 80),
    "U4": (remarks.corpus, 60),
    "U7": (viruses.corpus, 10),
}


def chosen(name: str) -> list[Item]:
    made, _count = CLASSES[name]
    items = list(made(SEED))
    return items if WHOLE else random.Random(SEED).sample(items, min(SLICE, len(items)))


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_its_number(name):
    made, count = CLASSES[name]
    items = list(made(SEED))
    assert len(items) >= count
    assert len({one.name for one in items}) == len(items)


@pytest.mark.parametrize("name", CLASSES)
def test_each_file_ends_as_the_corpus_says(world, items, name):
    case_id = world.submitted()
    files = chosen(name)
    items(name, len(files))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong, refused = [], 0
    for one in files:
        began = _child_seconds()
        found = became(world, case_id, one)
        refused += found not in {CLEAN, INFECTED}
        if found not in one.expected:
            wrong.append((one.name, found, sorted(one.expected)))
        if _child_seconds() - began > SECONDS:
            wrong.append((one.name, "took", round(_child_seconds() - began, 2)))
    assert wrong == []
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < GROWTH, f"{grown} KiB more"
    assert refusals_on_record(world) == refused


def became(world, case_id, one: Item) -> str:
    """What came of a file that a school sends by the form: a code, or ``clean``."""
    kept = names_in_store(case_id)
    with acting_as(world.pilot.viewer) as viewer:
        seen = {line.id for line in case_file(viewer, case_id).documents}
    form = {"nature": "other", "part": "facts", "intimate": "no"}
    file = SimpleUploadedFile("envoi.pdf", one.content, "application/pdf")
    address = reverse("referrals:add_document", args=[case_id])
    response = world.pilot.browser.post(address, {**form, "file": file})
    if response.status_code == 413:
        return "too_large"
    if response.status_code == 422:
        assert names_in_store(case_id) == kept, "a refused file has left something"
        return str(response.refusal.code).removeprefix("file_")
    assert response.status_code == 302, response.status_code
    with acting_as(world.pilot.viewer) as viewer:
        (line,) = [d for d in case_file(viewer, case_id).documents if d.id not in seen]
    if line.state == INFECTED:
        download = reverse("referrals:download_document", args=[line.id])
        assert world.pilot.browser.get(download).status_code == 409
        return INFECTED
    return _given_out(world, line)


def _given_out(world, line) -> str:
    response = world.coordinator.browser.get(reverse("referrals:download_document", args=[line.id]))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == line.kind.media
    assert response.headers["Content-Disposition"].startswith("attachment;")
    return "the mark is left" if holds(response.content) else CLEAN


def names_in_store(case_id) -> set[str]:
    return {path.name for path in (Path(settings.FILES_DIR) / "cases" / str(case_id)).glob("*")}


def refusals_on_record(world) -> int:
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT count(*) FROM audit_entry WHERE cell_id = %s AND outcome = 'refused'"
            " AND convert_from(payload, 'UTF8') LIKE '%%add_document%%'",
            [world.cell.pk],
        ).fetchone()[0]


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
