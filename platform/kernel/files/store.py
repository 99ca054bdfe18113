"""Where sealed files lie: on a disk by default. A store sees our names and sealed bytes only."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings

from kernel.errors import Unavailable
from kernel.files.blobs import SEGMENT

NAME = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)*(?:\.[a-z0-9]+)?")


class NoSuchFile(Exception):
    """Nothing is kept under that name."""


class Store(Protocol):
    """What keeps sealed files. Names are made by us, never by who sends a file."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None: ...

    def get(self, name: str) -> Iterator[bytes]: ...

    def delete(self, name: str) -> None: ...


class DiskStore:
    """A folder. A file is written beside its place, flushed, and then moved there whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep the pieces under that name, whole or not at all. Raises Unavailable."""
        path = self._path(name)
        new = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            self._make(path.parent)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(descriptor)
            new.replace(path)
            _settle(path.parent, self.root)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise Unavailable from error

    def get(self, name: str) -> Iterator[bytes]:
        """The pieces. Raises NoSuchFile at the first one."""
        try:
            with self._path(name).open("rb") as file:
                while piece := file.read(SEGMENT):
                    yield piece
        except FileNotFoundError as error:
            raise NoSuchFile(name) from error
        except OSError as error:
            raise Unavailable from error

    def delete(self, name: str) -> None:
        """Keep it no longer, nor what a process that died while writing it has left beside it.

        Nothing happens when it is not there. Raises Unavailable.
        """
        path = self._path(name)
        try:
            for left in path.parent.glob(f".{path.name}.*"):
                left.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable from error

    def _make(self, folder: Path) -> None:
        """The folder and those above it, for nobody else: a name in it is that of a case."""
        for place in (*reversed(folder.relative_to(self.root).parents), folder):
            (self.root / place).mkdir(exist_ok=True, parents=True, mode=0o700)

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError("a store keeps files under names of ours")
        return self.root / name


def _settle(folder: Path, root: Path) -> None:
    """Have the disk keep the names as well: what was acknowledged outlives a loss of power."""
    for place in (folder, *folder.parents):
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if place == root:
            return


@cache
def store() -> Store:
    """The store of this installation: a bucket where one is named, a folder otherwise."""
    if settings.FILES_S3["endpoint"]:
        from kernel.files.s3 import Bucket, S3Store

        return S3Store(Bucket(**settings.FILES_S3))
    return DiskStore(Path(settings.FILES_DIR))
