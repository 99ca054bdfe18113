"""Who takes a large export of the record holds little of it, and gets all of it or nothing."""

import asyncio
import secrets
import tracemalloc
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from audit.desk.exporting import make as making
from audit.desk.exporting.take import Taking, fetch
from audit.witnessing.exports import archived
from kernel.crypto.keyring import root_key
from kernel.errors import Unavailable
from kernel.files.blobs import new_file_key
from kernel.files.blobs import seal as seal_file
from kernel.files.store import store
from kernel.http.given import given_in_pieces

MANY = 24 * 1024 * 1024


@pytest.fixture
def a_large_file():
    """Leave to take an archive of 24 MB, and what is in it."""
    number, key, content = uuid4(), new_file_key(), secrets.token_bytes(MANY)
    place = making.place_of(0, number, 1)
    store().put(place, seal_file(key, place, archived({"large": content})))
    wrapped = root_key().wrap(key, making.context_of(number))
    yield Taking(number, place, "x.zip", wrapped, {"seal": b"of it"}), content
    store().delete(place)


def test_a_download_holds_a_few_segments_and_is_the_whole_file(a_large_file, tmp_path):
    taking, content = a_large_file
    tracemalloc.start()
    try:
        file = fetch(taking)
        with (tmp_path / "x.zip").open("wb") as written:
            written.writelines(file.pieces())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MANY / 3
    assert (tmp_path / "x.zip").stat().st_size == file.length
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["large", "seal"]
        assert archive.read("large") == content
    pieces = given_in_pieces(file.pieces(), file.length, "application/zip", "x.zip")

    async def served():
        return b"".join([piece async for piece in pieces])

    assert asyncio.run(served()) == (tmp_path / "x.zip").read_bytes()


def test_a_file_that_was_altered_or_cut_gives_nothing_out(a_large_file):
    taking, _content = a_large_file
    path = Path(settings.FILES_DIR) / taking.place
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], whole[:-1] + b"\0\1"):
        path.write_bytes(damaged)
        with pytest.raises(Unavailable):
            fetch(taking)
