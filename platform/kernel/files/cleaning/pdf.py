"""PDF: written again from what its pages show, without what runs, what hides and who wrote it."""

import base64
import io
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from kernel.files.cleaning import Refused
from kernel.files.cleaning.jpeg import without_remarks

MOST_PAGES = 300
MOST_OBJECTS = 50_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PICTURE = 50 * 1024 * 1024
_ROOT_KEPT = {
    "/Type",
    "/Pages",
    "/PageLabels",
    "/PageMode",
    "/PageLayout",
    "/Lang",
    "/OCProperties",
}
_PAGE_DROPPED = (
    "/AA",
    "/Annots",
    "/Metadata",
    "/PieceInfo",
    "/Thumb",
    "/LastModified",
    "/B",
    "/Tabs",
)
_ANYWHERE_DROPPED = ("/Metadata", "/PieceInfo", "/AA", "/OpenAction", "/JS", "/LastModified", "/AF")
_RUNS = {"/JavaScript", "/Launch", "/ImportData", "/RichMediaExecute", "/Rendition"}


def clean(content: bytes) -> tuple[bytes, int]:
    """The file made anew, and how many pages it has.

    What annotations and forms show is drawn into the page, then they go; so do actions, scripts,
    attached files, earlier versions and every remark on author, program and date.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            _within_bounds(document, content)
            pages = len(document.pages)
            _cut(document)
            out = io.BytesIO()
            document.save(out, fix_metadata_version=False, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise Refused("locked") from error
    except (
        pikepdf.PdfError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        RuntimeError,
        OSError,
    ) as error:
        raise Refused("broken") from error
    except (MemoryError, RecursionError) as error:
        raise Refused("bomb") from error
    return out.getvalue(), pages


def _within_bounds(document: pikepdf.Pdf, content: bytes) -> None:
    if document.is_encrypted:
        raise Refused("locked")
    if content.count(b" obj") > MOST_OBJECTS or len(document.objects) > MOST_OBJECTS:
        raise Refused("bomb")
    pages = len(document.pages)
    if pages == 0:
        raise Refused("broken")
    if pages > MOST_PAGES:
        raise Refused("too_many_pages")
    left = MOST_UNPACKED
    for thing in document.objects:
        if isinstance(thing, Stream) and _only_packed(thing):
            left -= _unpacked(thing.read_raw_bytes(), left)
            if left <= 0:
                raise Refused("bomb")
        elif isinstance(thing, Stream) and _packed_twice(thing):
            raise Refused("bomb")


def _filters(stream: Object) -> list[str]:
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(one) for one in found] if isinstance(found, Array) else [str(found)]


def _only_packed(stream: Object) -> bool:
    return _filters(stream) in (["/FlateDecode"], ["/Fl"])


def _packed_twice(stream: Object) -> bool:
    """Packed in what is packed: a letter has no reason for it, a bomb does."""
    packers = {"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}
    return sum(one in packers for one in _filters(stream)) > 1


def _unpacked(packed: bytes, most: int) -> int:
    """How long it is unpacked, counted piece by piece up to ``most``."""
    machine, total = zlib.decompressobj(), 0
    waiting = packed
    while waiting and total < most:
        try:
            total += len(machine.decompress(waiting, 1024 * 1024))
        except zlib.error:
            break
        waiting = machine.unconsumed_tail
    return total


def _cut(document: pikepdf.Pdf) -> None:
    document.flatten_annotations("all")
    root = document.Root
    for key in list(root.keys()):
        if key not in _ROOT_KEPT:
            del root[key]
    for page in document.pages:
        for key in _PAGE_DROPPED:
            if key in page.obj:
                del page.obj[key]
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    for thing in document.objects:
        if isinstance(thing, Stream | Dictionary):
            _cut_one(thing)


def _cut_one(thing: Object) -> None:
    for key in _ANYWHERE_DROPPED:
        if key in thing:
            del thing[key]
    if str(thing.get("/S", "")) in _RUNS:
        thing["/S"] = Name("/None")
    if isinstance(thing, Stream) and _filters(thing)[-1:] in (["/DCTDecode"], ["/DCT"]):
        _bare_picture(thing)


def _bare_picture(thing: Object) -> None:
    """A JPEG without remarks, also one that was packed once more."""
    parameters = thing.get("/DecodeParms", thing.get("/DP"))
    if isinstance(parameters, Array):
        parameters = parameters[len(parameters) - 1]
    raw = thing.read_raw_bytes()
    bare = without_remarks(_unwrapped(raw, _filters(thing)[:-1]))
    if bare != raw:
        if not isinstance(parameters, Dictionary):
            parameters = None
        thing.write(bare, filter=Name.DCTDecode, decode_parms=parameters)


def _unwrapped(raw: bytes, filters: list[str]) -> bytes:
    """What is inside of the filters before the last. Raises Refused for what no scanner does."""
    for one in filters:
        if one in ("/FlateDecode", "/Fl"):
            raw = zlib.decompressobj().decompress(raw, MOST_PICTURE)
        elif one in ("/ASCII85Decode", "/A85"):
            raw = base64.a85decode(raw.strip().removesuffix(b"~>"))
        else:
            raise Refused("broken")
        if len(raw) >= MOST_PICTURE:
            raise Refused("bomb")
    return raw
