"""Documents of a case: who adds one, who has one given out."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.authorisation.rows import (
    CORE,
    GENDARMERIE,
    SCHOOL,
    Operation,
    act,
    call,
    fields,
    page,
)
from tests.authorisation.scene import Scene
from tests.support.documents import PNG


def document_form(scene: Scene, object_id: UUID) -> dict[str, Any]:
    """A picture for the facts of a case, with the scene's mark in its name."""
    file = SimpleUploadedFile(f"{scene.mark}.png", PNG, "image/png")
    return {"nature": "photo", "part": "facts", "intimate": "no", "file": file}


DOCUMENT_PAGES: tuple[Operation, ...] = (
    page("referrals:add_document", SCHOOL | CORE, "activated"),
    act("referrals:add_document", SCHOOL | CORE, "activated", body=document_form),
    page("referrals:copy_document", CORE, "document"),
    act("referrals:copy_document", CORE, "document", answers=422),
    page("referrals:destroy_document", SCHOOL | CORE, "document"),
    act("referrals:destroy_document", SCHOOL | CORE, "document", body=fields(reason="not_needed")),
    act("referrals:check_document", SCHOOL | CORE, "document", answers=409),
    page("referrals:document", SCHOOL | CORE | GENDARMERIE, "document"),
    page(
        "referrals:document_page",
        SCHOOL | CORE | GENDARMERIE,
        "document",
        also={"number": 1},
    ),
    page("referrals:download_document", SCHOOL | CORE | GENDARMERIE, "document"),
)

DOCUMENT_CALLS: tuple[Operation, ...] = (
    call(
        "uploads-list",
        SCHOOL | CORE,
        "activated",
        body=lambda scene, object_id: {"case": str(object_id), "size": 100},
        answers=201,
        inside=True,
    ),
    call("uploads-detail", SCHOOL, "upload", get=True),
    # A part is sent as bytes; what the table sends is not.
    call("uploads-parts", SCHOOL, "upload", answers=422),
    call(
        "referrals-documents",
        SCHOOL | CORE,
        "activated",
        body=lambda scene, object_id: {
            "upload": str(UUID(int=7)),
            "name": "x.png",
            "nature": "photo",
            "part": "facts",
            "intimate": True,
        },
        answers=422,
    ),
    call("documents-detail", SCHOOL | CORE | GENDARMERIE, "document", get=True),
    call("documents-content", SCHOOL | CORE | GENDARMERIE, "document", get=True),
    call("documents-destroy", SCHOOL | CORE, "document", body=fields(reason="not_needed")),
    call(
        "documents-copies",
        CORE,
        "document",
        body=lambda scene, object_id: {"recipient": str(UUID(int=7))},
        answers=422,
    ),
)
