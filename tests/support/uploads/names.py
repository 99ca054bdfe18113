"""U5: names of files that are not only names."""

import random
import unicodedata

ODD = [
    "", " ", ".", "..", "...", "/", "\\", "a/", "-", "_", "con", "CON.pdf", "nul.txt", "com1.png",
    "LPT9.docx", "aux.", "prn ", ".htaccess", ".git/config", "web.config", "../../etc/passwd",
    "..\\..\\windows\\win.ini", "/etc/shadow", "C:\\Windows\\x.exe", "\\\\server\\share\\x.pdf",
    "file:///etc/passwd", "a\x00.pdf", "\x00", "x.pdf\x00.exe", "a\r\nSet-Cookie: x=1.pdf",
    "a\nb.pdf", 'a";filename="b.exe', "a'; DROP TABLE x; --.pdf", "<script>alert(1)</script>.pdf",
    "<img src=x onerror=alert(1)>.png", "{{7*7}}.pdf", "{% debug %}.pdf", "${jndi:ldap://x}.pdf",
    "%00.pdf", "%2e%2e%2f.pdf", "a%0d%0ab.pdf", "a?b.pdf", "a*b.pdf", "a|b.pdf", "a:b.pdf",
    "\u202egpj.exe", "photo\u202efdp.exe", "a\u2066b\u2069.pdf", "\ufeffa.pdf", "a\u200bb.pdf",
    "\u00a0.pdf", "é.pdf", "e\u0301.pdf", "É́́́.pdf", "œuvre.pdf", "L'Haÿ-les-Roses.pdf",
    "名前.pdf", "שם.pdf", "اسم.pdf", "பெயர்.pdf", "👨‍👩‍👧.png", "😀.pdf",
    "\ud800.pdf", "a\udfff.png",
    "a.pdf.exe", "a.tar.gz", "a.pdf.", "a.pdf ", "a .pdf", "a..pdf", "a." + "b" * 300, "x" * 255,
    "é" * 255, "x" * 5000, "👩" * 300, "a" + "\u0301" * 400 + ".pdf", "=cmd|'/c calc'!A1.pdf",
    "+1.pdf", "@x.pdf", "-rf.pdf", "--help.pdf", "$(id).pdf", "`id`.pdf", ";id.pdf", "&id.pdf",
    "a\tb.pdf", "a\x0bb.pdf", "a\x1b[31m.pdf", "a\x7f.pdf", "a\u2028b.pdf", "a\u2029b.pdf",
    "~/.ssh/id_rsa", "%USERPROFILE%.pdf", "desktop.ini", "thumbs.db", "a.php", "a.phtml.jpg",
    "a.jsp;.png", "a.asp\u3002pdf", "ａ．ｐｄｆ", "a\uff0fb.pdf", "a\u2215b.pdf", "a\u29f8b.pdf",
]  # fmt: skip


def corpus(seed: int) -> list[str]:
    """200 names: the odd ones, their twins in other spellings, and noise."""
    draw = random.Random(seed)
    names = list(ODD)
    for form in ("NFD", "NFKC"):
        names += [unicodedata.normalize(form, name) for name in draw.sample(ODD, 20)]
    while len(names) < 200:
        points = [draw.choice([draw.randrange(1, 0x250), draw.randrange(0x2000, 0x2100),
                               draw.randrange(0x10000), draw.randrange(0x1F300, 0x1F700)])
                  for _letter in range(draw.randint(1, 60))]  # fmt: skip
        names.append("".join(chr(point) for point in points) + draw.choice([".pdf", ".exe", ""]))
    return names
