"""U3: files that want to run, fetch or call something."""

import random
from collections.abc import Iterator

from tests.support.documents import RELATIONS, W, a_docx, an_odt, pdf_of
from tests.support.uploads import CLEAN, MARK, Item, item
from tests.support.uploads.bombs import _letter, _replaced
from tests.support.uploads.polyglots import zipped_into

EXTERNAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def corpus(seed: int) -> Iterator[Item]:
    """80 items."""
    draw = random.Random(seed)
    yield from _pages_of_the_web(draw)
    yield from _word()
    yield from _open_document()
    yield from _pdf()


def _pages_of_the_web(draw: random.Random) -> Iterator[Item]:
    bodies = [
        "<script>alert('M')</script>",
        "<image href='http://M.invalid/x'/>",
        "<foreignObject><body onload='M()'/></foreignObject>",
        "<a xlink:href='javascript:M()'><text>x</text></a>",
        "<style>@import url('http://M.invalid/x.css');</style>",
        "<use href='#a'/><g id='a'><use href='#a'/></g>",
        "<animate onbegin='M()' attributeName='x'/>",
        "<set attributeName='onmouseover' to='M()'/>",
    ]
    for place, body in enumerate(bodies):
        svg = f"<svg xmlns='http://www.w3.org/2000/svg'>{body}</svg>".replace("M", MARK)
        heads = ["", "<?xml version='1.0'?>", "\ufeff", " " * draw.randint(1, 50)]
        for turn in range(2):
            head = heads[(place + turn) % len(heads)]
            yield item(f"svg {place} {turn}", (head + svg).encode(), "wrong_type")
    for name, text in {
        "html": "<!DOCTYPE html><script>1</script>",
        "xhtml": "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        "xxe": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "dtd": "<!DOCTYPE a SYSTEM 'http://x.invalid/a.dtd'><a/>",
        "laughs": "<!DOCTYPE a [<!ENTITY b 'b'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        "css": "body{background:url(http://x.invalid)}",
        "js": "alert(1)",
        "mht": "MIME-Version: 1.0\nContent-Type: multipart/related\n",
        "rtf": "{\\rtf1{\\object\\objocx}}",
        "eml": "From: a@b\nTo: c@d\n\nx",
        "ps": "%!PS-Adobe-3.0\n(x) run",
        "csv": "=cmd|'/c calc'!A1",
    }.items():
        yield item(name, text.encode(), "wrong_type")
    yield item("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "wrong_type")


def _word() -> Iterator[Item]:
    for entity in ("file:///etc/passwd", "http://x.invalid/", "php://x", "/dev/random"):
        text = f"<!DOCTYPE a [<!ENTITY x SYSTEM '{entity}'>]><a>&x;</a>".encode()
        yield item(f"docx asks {entity}", _letter({"word/document.xml": text}), "active")
    text = "<!DOCTYPE a SYSTEM 'http://x.invalid/a.dtd'><a/>"
    yield item("docx in utf-16", _letter({"word/document.xml": text.encode("utf-16")}), "broken")
    for code in (
        'DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc"', 'DDE "cmd" "/c calc"', "INCLUDETEXT x",
        'INCLUDEPICTURE "http://x.invalid/a.png"', 'MACROBUTTON a "x"', "LINK Excel.Sheet x",
        "FILENAME", "AUTHOR",
    ):  # fmt: skip
        halves = (code[: len(code) // 2], code[len(code) // 2 :])
        runs = "".join(f"<w:r><w:instrText>{_escaped(half)}</w:instrText></w:r>" for half in halves)
        yield item(f"docx field {code[:12]}", _docx_of(f"<w:p>{runs}</w:p>"), "active")
        simple = f'<w:p><w:fldSimple w:instr="{_escaped(code)}"/></w:p>'
        yield item(f"docx simple field {code[:12]}", _docx_of(simple), "active")
    for name in ("word/vbaProject.bin", "word/activeX/activeX1.xml", "word/embeddings/o.bin",
                 "word/x.js", "customUI/vbaData.xml", "word/oleObject1.bin"):  # fmt: skip
        yield item(f"docx with {name}", zipped_into(a_docx(), name, b"x"), "active")
    for place, (kind, target) in enumerate((
        ("attachedTemplate", "http://x.invalid/t.dotm"), ("image", "http://x.invalid/a.png"),
        ("oleObject", "http://x.invalid/a"), ("frame", "http://x.invalid/f"),
        ("hyperlink", "javascript:alert(1)"), ("hyperlink", "file:///c:/x.exe"),
    )):  # fmt: skip
        relation = (
            f'<Relationships xmlns="{RELS}"><Relationship Id="r9" Type="{EXTERNAL}/{kind}"'
            f' Target="{target}{MARK}" TargetMode="External"/></Relationships>'
        )
        letter = zipped_into(a_docx(), "word/_rels/document.xml.rels", relation.encode())
        yield item(f"docx {kind} of elsewhere {place}", letter, CLEAN)
    chunk = zipped_into(a_docx(), "word/chunk.html", f"<script>{MARK}</script>".encode())
    yield item("docx with a page of the web", chunk, CLEAN)
    yield item("docx without relations", _letter({"_rels/.rels": RELATIONS}), CLEAN)


def _open_document() -> Iterator[Item]:
    for name in ("Basic/Standard/Module1.xml", "Scripts/python/x.py", "Object 1/content.xml"):
        yield item(f"odt with {name}", zipped_into(an_odt(), name, b"x"), "active")
    base = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:text>%s</office:text>'
        "</office:body></office:document-content>"
    )
    for body, expected in (
        (f"<draw:object xlink:href='{MARK}'/>", "active"),
        (f"<draw:object-ole xlink:href='{MARK}'/>", "active"),
        (f"<draw:applet xlink:href='{MARK}'/>", "active"),
        (f"<draw:plugin xlink:href='{MARK}'/>", "active"),
        (f"<text:script>{MARK}</text:script>", "active"),
        (f"<office:scripts>{MARK}</office:scripts>", CLEAN),
        (f"<draw:image xlink:href='http://x.invalid/{MARK}'/>", CLEAN),
        (f"<text:a xlink:href='javascript:{MARK}'>x</text:a>", CLEAN),
        (f"<text:a xlink:href='vnd.sun.star.script:{MARK}'>x</text:a>", CLEAN),
    ):
        content = (base % body).encode()
        yield item(f"odt {body[1:40]}", _replaced(an_odt(), "content.xml", content), expected)


def _pdf() -> Iterator[Item]:
    """None of what runs is left; the page stays."""
    actions = {
        "script": f"<< /S /JavaScript /JS (app.alert\\('{MARK}'\\)) >>",
        "launch": f"<< /S /Launch /F ({MARK}.exe) >>",
        "submit": f"<< /S /SubmitForm /F ({MARK}) >>",
        "address": f"<< /S /URI /URI (http://{MARK}.invalid/) >>",
        "import": f"<< /S /ImportData /F ({MARK}) >>",
        "elsewhere": f"<< /S /GoToR /F ({MARK}.pdf) /D [0 /Fit] >>",
    }
    for name, action in actions.items():
        for where, root, page in (
            ("opens", f"/OpenAction {action}", ""),
            ("names", f"/Names << /JavaScript << /Names [(a) {action}] >> >>", ""),
            ("page", "", f"/AA << /O {action} >>"),
            (
                "link",
                "",
                f"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A {action} >>]",
            ),
        ):
            yield item(f"pdf {name} when it {where}", a_page(root, page), CLEAN)
    field = f"<< /FT /Tx /T (a) /V ({MARK}) /AA << /K {actions['script']} >> >>"
    yield item("pdf with a form", a_page(f"/AcroForm << /XFA ({MARK}) /Fields [{field}] >>"), CLEAN)


def a_page(root: str = "", page: str = "", *more: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of one page, with more said in its catalog and its page."""
    return pdf_of(
        [
            f"<< /Type /Catalog /Pages 2 0 R {root} >>".encode("latin-1"),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {page} >>".encode("latin-1"),
            *more,
        ],
        trailer=trailer,
    )


def _docx_of(body: str) -> bytes:
    text = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return _letter({"word/document.xml": text.encode()})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
