"""What is typed to make a program do something else: 800 and more texts, by the seed."""

import random
from collections.abc import Iterator
from itertools import islice

from tests.support.typed import KEPT, Item, numbered

QUOTES = ("'", '"', "`", "')", '")', "\\'", "%27", "’", "$$", "';")
TAILS = ("--", "-- -", "#", "/*", ";%00", "--+", "\\")
CONDITIONS = (
    *("OR 1=1", "OR 'a'='a", "AND SLEEP(5)", "AND pg_sleep(5) IS NULL", "UNION SELECT NULL"),
    *("UNION SELECT family_name FROM referrals_party", "; DROP TABLE referrals_case"),
    *("|| (SELECT version())", "AND 1=CAST((SELECT current_user) AS int)", "LIMIT 0"),
    *("; SELECT set_config('app.token','x',false)", "RETURNING *", "; SET ROLE rempart_owner"),
)
TEMPLATES = (
    *(
        "{{7*7}}",
        "{% debug %}",
        "{% load log %}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "{{ settings }}",
    ),
    *(
        "{{request.user}}",
        "{% include '/etc/passwd' %}",
        "{{''.__class__.__mro__}}",
        "*{7*7}",
        "@(7*7)",
    ),
)
LDAP = (
    "*)(uid=*",
    "*)(|(uid=*",
    "admin)(&)",
    "*))%00",
    ")(objectClass=*",
    "\\2a",
    "*)(mail=*))(|(a=*",
)
PATHS = (
    *(
        "../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/dev/zero",
        "file:///etc/passwd",
        "%2e%2e%2f",
    ),
    *(
        "....//....//etc/passwd",
        "php://filter",
        "\\\\host\\share",
        "~root/.ssh/id_rsa",
        "C:\\boot.ini",
    ),
)
FORMATS = (
    "%s%s%s%n",
    "%x" * 20,
    "{0.__class__}",
    "{viewer.token}",
    "%(message)s",
    "$1 $2",
    "%1$*1$d",
)
LOOKUPS = (
    *(
        "case__school_name__startswith",
        "password__regex",
        "owner_unit__in",
        "ordering",
        "viewers__overlap",
    ),
    *(
        "identity__contains",
        "_connector",
        "_negated",
        "pk__gte",
        "id__range",
        "created_at__week_day",
    ),
    *(
        "school_name) FROM referrals_case --",
        "a.b",
        'x" AS "y',
        "cell_id",
        "viewer",
        "units",
        "is_staff",
    ),
)
LINES = (
    "Set-Cookie: a=b",
    "Location: http://x.example",
    "Bcc: x@example.invalid",
    "X-Injected: 1",
    "QUIT",
)
MARKUP = (
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "<svg/onload=a>",
    ),
    *('"><b>', "]]>", "<!--", "&lt;b&gt;", "<a href=//x.example>", "</textarea><script>", "&#x3C;"),
)
SLOW = (
    "a" * 190 + "!",
    "(a+)+" * 20,
    "é" * 150 + "?",
    "." * 180,
    "[" * 100,
    "(?=a)" * 30,
    "\\w+" * 40,
    " " * 60 + "x",
)
VERBS = ("a", "cherche", "80-2026-00001", "nom", "", "élève")


def corpus(seed: int, number: int = 800) -> list[Item]:
    """So many items, the same for the same seed. Every one is a text and nothing else."""
    return list(islice(numbered("Q1", _made(random.Random(seed)), KEPT), number))


def _made(chance: random.Random) -> Iterator[tuple[str, str]]:
    for quote in QUOTES:
        for condition in CONDITIONS:
            yield "sql", f"{chance.choice(VERBS)}{quote} {condition} {chance.choice(TAILS)}"
    for condition in CONDITIONS:
        for tail in TAILS:
            yield "sql", f"1 {condition}{tail}"
    for kind, texts in {
        "template": TEMPLATES,
        "ldap": LDAP,
        "path": PATHS,
        "format": FORMATS,
        "lookup": LOOKUPS,
        "markup": MARKUP,
    }.items():
        for text in texts:
            yield kind, text
            yield kind, f"{chance.choice(VERBS)} {text}"
            yield kind, text + chance.choice(QUOTES) + chance.choice(TAILS)
            yield kind, f"{text}{chance.choice(texts)}"[:190]
    for line in LINES:
        for end in ("%0d%0a", "\\r\\n", "\u2028", "\u2029", "嘊嘍", "%E5%98%8A"):
            yield "line", f"nom{end}{line}"
    for text in SLOW:
        for _each in range(4):
            yield "slow", (chance.choice(VERBS) + text)[:200]
    while True:
        parts = chance.choices((*QUOTES, *CONDITIONS, *TEMPLATES, *LDAP, *MARKUP, *TAILS), k=3)
        yield "mixed", " ".join(parts)[:190]
