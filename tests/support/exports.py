"""Exports asked for and made by the services, and read again by other programs than ours."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from django.urls import reverse

from audit import checkpoint, keys
from audit.desk.exporting.ask import ask as ask_extract
from audit.desk.exporting.rows import my_extract
from audit.desk.filters import Filters
from audit.standalone import rempart_verify
from kernel.models import OutboxItem
from kernel.outbox.relay import do_work
from kernel.scope import acting_as
from referrals.exporting.selectors import ExportLine, my_export
from referrals.exporting.services.ask import Wanted, ask
from referrals.models.export import ExportForm, ExportPurpose
from tests.support.world import Seated


def asked(seat: Seated, case_id: UUID, form: str = "json", **options: Any) -> UUID:
    """An export that waits to be made."""
    purpose = ExportPurpose.RIGHTS if "party_id" in options else ExportPurpose.MEETING
    wanted = Wanted(ExportForm(form), options.pop("purpose", purpose), **options)
    with acting_as(seat.viewer) as viewer:
        return ask(viewer, case_id, wanted).pk


def made(seat: Seated, case_id: UUID, form: str = "json", **options: Any) -> UUID:
    """An export that has been made, as the worker makes it."""
    export_id = asked(seat, case_id, form, **options)
    do_work()
    return export_id


def extracted(seat: Seated, filters: Filters) -> UUID:
    """An export of the record that has been made, as the worker makes it."""
    with acting_as(seat.viewer) as viewer:
        export_id = ask_extract(viewer, filters)
    do_work()
    with acting_as(seat.viewer) as viewer:
        row = my_extract(viewer, export_id)
    owed = OutboxItem.objects.using("worker").filter(subject_id=export_id).values()
    assert row.ready, (row, list(owed))
    return export_id


def line_of(seat: Seated, export_id: UUID) -> ExportLine:
    """How its owner sees it now."""
    with acting_as(seat.viewer) as viewer:
        return my_export(viewer, export_id)


def taken(seat: Seated, export_id: UUID) -> bytes:
    """The file, as a browser gets it."""
    answer = seat.browser.get(reverse("referrals:download_export", args=[export_id]))
    assert answer.status_code == 200, answer.content[:300]
    content: bytes = answer.getvalue()
    assert int(answer["Content-Length"]) == len(content)
    return content


def text_of_pages(content: bytes) -> list[str]:
    """What a PDF reader finds on each page."""
    pages = pypdfium2.PdfDocument(content)
    found = []
    for page in pages:
        text = page.get_textpage()
        found.append(text.get_text_range())
        text.close()
    pages.close()
    return found


def tables_of(content: bytes) -> dict[str, list[list[str]]]:
    """The tables of an archive, by name, as a parser of RFC 4180 reads them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: list(
                csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";")
            )
            for name in archive.namelist()
        }


def words_in(content: bytes, form: str) -> str:
    """All text of an export, whatever its form, without any line breaks."""
    if form == "pdf":
        return "".join("".join(text_of_pages(content)).split())
    if form == "csv":
        return json.dumps(tables_of(content), ensure_ascii=False)
    return content.decode()


def verdict(
    cell_id: int, content: bytes, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """What the verifier says to an export of that cell's record, as it was downloaded."""
    file = folder / "taken.zip"
    file.write_bytes(content)
    public = keys.signing_key().public_key()
    key = checkpoint.verifier_line(keys.origin(cell_id), public)
    capsys.readouterr()
    code = rempart_verify.main(["export", str(file), "--key", key])
    said = capsys.readouterr()
    return code, said.out + said.err
