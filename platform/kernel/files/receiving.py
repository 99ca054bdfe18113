"""Files in a form stay in memory, within a bound: nothing that people send lies on a disk in clear.

Larger files come in parts, each sealed as it arrives. One that comes in a form all the same is
counted and not kept, so that the form can say so and gives back the rest of what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_IN_A_FORM = 5 * 1024 * 1024


def is_too_large(file: UploadedFile[Any]) -> bool:
    """Whether the file was larger than what a form keeps: then its size is known and no more."""
    return (file.size or 0) > LARGEST_IN_A_FORM


class InMemory(FileUploadHandler):
    """Collects one file, or counts it when it is too large."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        meta: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file, self.received = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the chunk; what comes through encoded is counted as it is after decoding."""
        self.received += len(raw_data)
        if self.received > LARGEST_IN_A_FORM:
            self.file = BytesIO()
        else:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name or "",
            content_type=self.content_type or "",
            size=self.received,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


Message = dict[str, Any]


class Bounded:
    """The application (ASGI), with requests that are too long emptied as they arrive.

    Django keeps a whole request before it looks at it: in memory up to
    ``FILE_UPLOAD_MAX_MEMORY_SIZE``, then on the disk. Beyond that bound nothing is kept here.
    """

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        seen = 0

        async def within() -> Message:
            nonlocal seen
            message: Message = await receive()
            seen += len(message.get("body", b""))
            if seen > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
                message = {**message, "body": b""}
            return message

        await self._application(scope, within, send)
