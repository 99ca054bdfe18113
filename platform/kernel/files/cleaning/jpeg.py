"""What a JPEG inside another file says of itself, taken out without touching its points."""

_KEPT_APPLICATION = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
"""JFIF and Adobe: a reader needs them to know the colours."""
_JFIF = 16
"""How long the JFIF segment is without the thumbnail that may be in it."""


def without_remarks(content: bytes) -> bytes:
    """The JPEG without EXIF, XMP, IPTC, thumbnails and comments; as it is when it is no JPEG."""
    if not content.startswith(b"\xff\xd8"):
        return content
    kept, place = bytearray(b"\xff\xd8"), 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xDA:
            break
        if marker == 0xFF:
            place += 1
            continue
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        kept += _bare(marker, content[place:end])
        place = end
    return bytes(kept) + _until_the_end(content[place:])


def _bare(marker: int, segment: bytes) -> bytes:
    """A segment without what it says of the picture; nothing of one that says nothing else."""
    if marker == 0xFE:
        return b""
    if not 0xE0 <= marker <= 0xEF:
        return segment
    begins = _KEPT_APPLICATION.get(marker)
    if begins is None or not segment[4:].startswith(begins):
        return b""
    if marker == 0xE0 and len(segment) > 2 + _JFIF:
        # The last two bytes are the width and the height of a thumbnail that follows them.
        return b"\xff\xe0" + _JFIF.to_bytes(2) + segment[4:_JFIF] + b"\0\0"
    return segment


def _until_the_end(rest: bytes) -> bytes:
    """The points up to the end mark: nothing is carried along behind it."""
    end = rest.rfind(b"\xff\xd9")
    return rest[: end + 2] if end >= 0 else rest
