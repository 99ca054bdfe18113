"""What a JPEG inside another file says of itself, taken out without touching its points."""

_KEPT_APPLICATION = {0xE0, 0xEE}
"""JFIF and Adobe: a reader needs them to know the colours."""


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
        said = 0xE0 <= marker <= 0xEF and marker not in _KEPT_APPLICATION
        if not said and marker != 0xFE:
            kept += content[place:end]
        place = end
    return bytes(kept) + _until_the_end(content[place:])


def _until_the_end(rest: bytes) -> bytes:
    """The points up to the end mark: nothing is carried along behind it."""
    end = rest.rfind(b"\xff\xd9")
    return rest[: end + 2] if end >= 0 else rest
