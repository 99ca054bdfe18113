"""Archives that letters come in: looked at from outside, unpacked within bounds, packed anew."""

import io
import itertools
import stat
import zipfile
import zlib

from kernel.files.cleaning import Refused

MOST_PARTS = 2000
MOST_UNPACKED = 60 * 1024 * 1024
MOST_RATIO = 200
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LATER = (2020, 1, 1, 0, 0, 0)


def unpacked(content: bytes) -> dict[str, bytes]:
    """The parts by name. Raises Refused for what is no honest archive, before unpacking it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _check(parts, content)
            return {part.filename: _read(archive, part) for part in parts if not part.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Refused("broken") from error
    except (RuntimeError, OSError, MemoryError) as error:
        raise Refused("bomb") from error


def _check(parts: list[zipfile.ZipInfo], content: bytes) -> None:
    if len(parts) > MOST_PARTS:
        raise Refused("bomb")
    names = [part.filename for part in parts]
    if len({name.casefold() for name in names}) != len(names):
        raise Refused("broken")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused("bomb")
    # Parts that share bytes are how a small archive unpacks to a large one.
    if sum(part.compress_size for part in parts) > len(content):
        raise Refused("bomb")
    places = sorted((part.header_offset, part.compress_size) for part in parts)
    for (place, size), (following, _size) in itertools.pairwise(places):
        if place + 30 + size > following:
            raise Refused("bomb")
    for part in parts:
        _check_one(part)


def _check_one(part: zipfile.ZipInfo) -> None:
    name = part.filename
    if part.flag_bits & 0x1 or part.compress_type not in _PLAIN:
        raise Refused("locked" if part.flag_bits & 0x1 else "broken")
    if stat.S_ISLNK(part.external_attr >> 16):
        raise Refused("bomb")
    odd = name.startswith("/") or "\\" in name or "\x00" in name or ":" in name
    if odd or ".." in name.split("/") or len(name) > 200:
        raise Refused("bomb")
    if part.file_size > 1024 * 1024 and part.file_size > MOST_RATIO * max(1, part.compress_size):
        raise Refused("bomb")


def _read(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as file:
        content = file.read(part.file_size + 1)
    if len(content) != part.file_size:
        raise Refused("bomb")
    return content


def packed(parts: dict[str, bytes], *, stored_first: str = "") -> bytes:
    """An archive of these parts, all of the same date and of nobody."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(parts, key=lambda name: (name != stored_first, name)):
            entry = zipfile.ZipInfo(name, _LATER)
            stored = name == stored_first
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, parts[name])
    return out.getvalue()
