"""Names that are not only names, and requests that cannot be what they say: none gets through."""

import os
import random
import unicodedata
from urllib.parse import unquote

import pytest
from django.urls import reverse

from kernel.files.names import LONGEST, disposition, shown_name
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.documents.bounds import DOCUMENTS
from tests.support.database import admin
from tests.support.documents import PNG
from tests.support.searching import database_name
from tests.support.uploads import envelopes, names
from tests.support.world import Seated

pytestmark = pytest.mark.corpus
WHOLE = os.environ.get("REMPART_CORPUS") == "whole"
SEED = int(os.environ.get("REMPART_SEED") or random.randrange(10**6))
RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}


def test_every_name_becomes_one_that_is_safe_to_show_and_to_keep():
    found = names.corpus(SEED)
    assert len(found) >= 200
    for sent in found:
        name = shown_name(sent, ".pdf", "Document")
        stem = name.removesuffix(".pdf")
        assert name.endswith(".pdf"), sent
        assert stem, sent
        assert len(name) <= LONGEST + 5, sent
        assert stem.split(".")[0].strip().lower() not in RESERVED, sent
        assert not set(stem) & set('/\\:*?"<>|\x00%'), sent
        assert all(unicodedata.category(c)[0] != "C" for c in name), (sent, name)
        assert not stem.startswith((".", " ", "-")), (sent, name)
        assert name == unicodedata.normalize("NFC", name), sent
        assert shown_name(name, ".pdf", "Document") == name, sent
        assert name.encode()
        header = disposition(name)
        assert header.isascii(), sent
        assert header.isprintable(), sent
        assert header.count('"') == 2, sent
        assert unquote(header.rpartition("''")[2]) == name, sent


def test_two_spellings_of_one_name_are_one_name():
    for plain in ("é", "Ñandú", "L'Haÿ"):
        twins = {
            shown_name(unicodedata.normalize(form, plain) + ".pdf", ".pdf", "x")
            for form in ("NFC", "NFD")
        }
        assert len(twins) == 1


def test_a_name_is_shown_and_given_back_as_a_name(world, items):
    case_id = world.submitted()
    address = reverse("referrals:add_document", args=[case_id])
    chosen = names.corpus(SEED) if WHOLE else random.Random(SEED).sample(names.corpus(SEED), 8)
    items("U5", len(chosen))
    for number, name in enumerate(chosen):
        if number % (DOCUMENTS // 2) == 0:
            browser = Seated(world.pilot.accession, "school_pilot").browser
        # As a browser writes it, and whatever else as it is.
        said = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        file = envelopes.part("file", PNG, head="Content-Type: image/png\r\n", filename=said)
        kind = f"multipart/form-data; boundary={envelopes.BOUNDARY}"
        response = browser.generic("POST", address, envelopes.form(file), kind)
        too_long = {400} if len(said.encode("utf-8", "ignore")) > 800 else set()
        assert response.status_code in {302, 422} | too_long, (name, response.status_code)
    page = world.pilot.browser.get(reverse("referrals:case", args=[case_id])).text
    for harmful in ("<script>alert", "<img src=x", "\u202e", "\r\nSet-Cookie"):
        assert harmful not in page
    with acting_as(world.pilot.viewer) as viewer:
        lines = case_file(viewer, case_id).documents
    for line in lines[:3]:
        taken = world.pilot.browser.get(reverse("referrals:download_document", args=[line.id]))
        told = taken.headers["Content-Disposition"]
        assert unquote(told.rpartition("''")[2]) == line.about.name


def test_a_request_that_is_not_what_it_says_is_answered_plainly(world, items):
    """No 5xx, the status that the corpus says, and one entry of the record for each refusal."""
    made = envelopes.corpus(SEED)
    assert len(made) >= 150
    chosen = made if WHOLE else random.Random(SEED).sample(made, 45)
    items("U6", len(chosen))
    case_id = world.submitted()
    address = reverse("referrals:add_document", args=[case_id])
    assert world.pilot.browser.get(address).status_code == 200
    wrong, refused = [], 0
    for one in chosen:
        before = _refusals(world)
        response = world.pilot.browser.generic("POST", address, one.body, content_type=one.kind)
        if response.status_code not in one.expected:
            wrong.append((one.name, response.status_code, sorted(one.expected)))
        recorded = _refusals(world) - before
        # A form that was never complete is no attempt at anything: 422 may be on record or not.
        if response.status_code in {400, 413} and recorded != 1:
            wrong.append((one.name, response.status_code, f"{recorded} on record"))
        refused += response.status_code >= 400
    assert wrong == []
    assert refused


def _refusals(world) -> int:
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT count(*) FROM audit_entry WHERE cell_id = %s AND outcome = 'refused'",
            [world.cell.pk],
        ).fetchone()[0]
