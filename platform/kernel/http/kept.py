"""What somebody sent that was refused for the moment, kept so that it need not be typed again.

It is sealed under a key that the database does not have, made from the session's own token: a
copy of the table reads nothing, and no other session opens it. It is gone after ten minutes.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from kernel.clock import now
from kernel.http.sessions import token_hash
from kernel.ids import uuid7
from kernel.models import KeptAct, ScopeSession
from kernel.viewer import Viewer

ALIAS: Final = "signin"
LASTS: Final = timedelta(minutes=10)
AT_ONCE: Final = 5
SECRETS: Final = ("password", "secret", "otp", "token")
"""Parts of names of fields that are never kept; nor is a ``code`` that is a number."""
NEVER: Final = frozenset({"csrfmiddlewaretoken", "again", "answer", "backup_code"})
"""Fields that are never kept: a password typed again, what a passkey or a sheet of paper says."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An act that waits: where it was sent, and its fields in their order."""

    path: str
    fields: Fields
    files: bool = False
    """Whether files came with it: those are never kept, and their person has to be told."""


def keep_act(request: HttpRequest, viewer: Viewer, *, unread: bool = False) -> UUID | None:
    """Keep what was posted for the session of this viewer; None when that session is over.

    ``unread`` says that no view has run, so none has said which fields are secrets: then no
    ``code`` is kept at all.
    """
    act_id = uuid7()
    fields = tuple(
        (name, value) for name, value in _fields_of(request) if not (unread and name == "code")
    )
    act = Kept(request.get_full_path(), fields, bool(request.FILES))
    with transaction.atomic(using=ALIAS):
        if not ScopeSession.objects.using(ALIAS).filter(pk=token_hash(viewer.token)).exists():
            return None
        mine = KeptAct.objects.using(ALIAS).filter(token_hash=token_hash(viewer.token))
        newest = mine.order_by("-created_at").values_list("pk", flat=True)[: AT_ONCE - 1]
        mine.exclude(pk__in=list(newest)).delete()
        KeptAct.objects.using(ALIAS).create(
            id=act_id,
            token_hash=token_hash(viewer.token),
            sealed=_seal(viewer.token, act_id, _written(act)),
            created_at=now(),
        )
    return act_id


def kept_act(viewer: Viewer, act_id: UUID) -> Kept | None:
    """The act of this very session, while it is still kept."""
    rows = KeptAct.objects.using(ALIAS).filter(
        pk=act_id, token_hash=token_hash(viewer.token), created_at__gt=now() - LASTS
    )
    row = rows.first()
    content = _open(viewer.token, act_id, bytes(row.sealed)) if row else None
    if content is None:
        return None
    read = json.loads(content)
    fields = tuple((name, value) for name, value in read["fields"])
    return Kept(read["path"], fields, bool(read.get("files")))


def reseal(old: str, new: str) -> None:
    """The session has a new token and its acts went with it: seal them for that token."""
    for row in KeptAct.objects.using(ALIAS).filter(token_hash=token_hash(new)):
        content = _open(old, row.pk, bytes(row.sealed))
        if content is None:
            row.delete(using=ALIAS)
            continue
        row.sealed = _seal(new, row.pk, content)
        row.save(using=ALIAS, update_fields=["sealed"])


def _fields_of(request: HttpRequest) -> Fields:
    hidden = getattr(request, "sensitive_post_parameters", ())
    return tuple(
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if isinstance(value, str)
        and hidden != "__ALL__"
        and name not in NEVER
        and name not in hidden
        and not any(part in name.lower() for part in SECRETS)
        and not (name == "code" and value.strip().replace(" ", "").isdecimal())
    )


def _written(act: Kept) -> bytes:
    return json.dumps({"path": act.path, "fields": act.fields, "files": act.files}).encode()


def _cipher(token: str) -> AESGCM:
    key = hmac.new(settings.SECRET_KEY.encode(), b"kept act" + token.encode(), hashlib.sha256)
    return AESGCM(key.digest())


def _seal(token: str, act_id: UUID, content: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + _cipher(token).encrypt(nonce, content, act_id.bytes)


def _open(token: str, act_id: UUID, sealed: bytes) -> bytes | None:
    try:
        return _cipher(token).decrypt(sealed[:12], sealed[12:], act_id.bytes)
    except (InvalidTag, ValueError):
        return None
