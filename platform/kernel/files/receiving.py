"""Files in a form stay in memory, within a bound: nothing that people send lies on a disk in clear.

Larger files come in parts, each sealed as it arrives.
"""

from io import BytesIO
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_IN_A_FORM = 5 * 1024 * 1024
_FIELDS = 256 * 1024
"""What the other fields of a form with a file may take besides."""


class InMemory(FileUploadHandler):
    """Collects one file. A longer request is refused before it is read."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        meta: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self.received = 0
        if content_length > LARGEST_IN_A_FORM + _FIELDS:
            raise RequestDataTooBig

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the chunk; what comes through encoded is counted as it is after decoding."""
        self.received += len(raw_data)
        if self.received > LARGEST_IN_A_FORM:
            raise RequestDataTooBig
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name or "",
            content_type=self.content_type or "",
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
