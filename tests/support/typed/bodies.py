"""J1: bodies of JSON that no client of ours sends, made by a seed from what one would send."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.typed.injections import LOOKUPS

Sent = Mapping[str, Any]
UNREADABLE, NOT_ACCEPTED, TOO_LONG = 400, 422, 413
DEEP = (5_000, 20_000, 100_000)
ASSIGNED = (
    *("id", "pk", "uuid", "tenant", "cell", "cell_id", "role", "roles", "is_staff", "is_superuser"),
    *("created_at", "updated_at", "state", "status", "viewers", "editors", "units", "owner_unit"),
    *("prosecutor_unit", "account", "account_id", "seat_id", "session", "token", "password"),
    *("permissions", "groups", "bound_by_secrecy", "proposed_by", "decided_by", "decided_at"),
    *("starts_at", "expires_at", "closed_scope", "scope", "recheck_at", "file_key", "shredded_at"),
    *("__proto__", "constructor", "prototype", "__class__", "_state", "csrfmiddlewaretoken"),
    *("$where", "$ne", "@type", "", " ", "\u0000", "\ud800", "\u202e", "a" * 5_000),
)
"""Names that a careless program would write into its tables."""
NEVER = {
    "nothing at all": "\u0000",
    "half a character": "\ud800",
    "the other half": "a\udc00b",
    "halves the wrong way round": "\udc00\ud800",
    "a bell": "a\u0007",
    "an escape": "\u001b[31m",
    "a delete": "a\u007f",
    "a high control": "a\u0085",
    "a list": [],
    "a list of lists": [[[[]]]],
    "an object": {},
    "an object in objects": {"a": {"a": {"a": {}}}},
    "true": True,
    "a large number": 10**30,
    "a fraction": 1.25,
    "half a megabyte": "x" * 500_000,
}
"""What no field of text, of choice, of time or of reference can hold."""


@dataclass(frozen=True, slots=True)
class Body:
    """One body: how it is made of what is usually sent there, and the answer that it has."""

    name: str
    made: Callable[[Sent], bytes]
    expected: int

    def line(self) -> str:
        """The item in a manifest: its name, a digest of what a small body becomes, the answer."""
        digest = hashlib.sha256(self.made({"gravity": 2, "urgency": "high"})).hexdigest()
        return f"{self.name},{digest},{self.expected}"


def corpus(seed: int, number: int = 520) -> list[Body]:
    """At least 500 items, the same for the same seed."""
    chance = random.Random(seed)
    made = [*_nested(), *_no_object(chance), *_broken(chance), *_otherwise_written()]
    made += [*_twice(), *_assigned(chance), *_never(), *_long()]
    names = [Body(f"J1-{at}-{one.name}", one.made, one.expected) for at, one in enumerate(made)]
    assert len(names) >= number
    return names


def text(body: Sent) -> str:
    """What a client sends."""
    return json.dumps(body)


def _fixed(name: str, content: bytes, expected: int) -> Body:
    return Body(name, lambda body: content, expected)


def _nested() -> Iterator[Body]:
    for depth in DEEP:
        for opening, inside, closing in (
            (b"[", b"", b"]"),
            (b'{"a":', b"1", b"}"),
            (b'[{"a":', b"null", b"}]"),
            (b'{"a":[', b"", b"]}"),
        ):
            shape = opening.decode()
            yield _fixed(f"{depth} deep {shape}", opening * depth, UNREADABLE)
            whole = opening * depth + inside + closing * depth
            yield _fixed(f"{depth} deep and back {shape}", whole, UNREADABLE)
    for depth in (2, 10, 50):
        yield _fixed(f"{depth} arrays", b"[" * depth + b"]" * depth, NOT_ACCEPTED)
        objects = b'{"a":' * depth + b"1" + b"}" * depth
        yield _fixed(f"{depth} objects", objects, NOT_ACCEPTED)


def _no_object(chance: random.Random) -> Iterator[Body]:
    plain: list[object] = [
        True,
        False,
        None,
        0,
        -0.0,
        1,
        -1,
        2**63,
        2**64,
        10**300,
        1e-300,
        "",
        " ",
    ]
    plain += ["texte", "{}", '{"a": 1}', "\u0000", "\ud800", "\ufeff", [], [{}], [[]], [None]]
    for _each in range(40):
        kind = chance.randrange(4)
        if kind == 0:
            plain.append(chance.uniform(-1e9, 1e9))
        elif kind == 1:
            plain.append(chance.randrange(-(2**80), 2**80))
        elif kind == 2:
            plain.append("".join(chance.choices('azé\\"\n\t{}[]:,😀', k=chance.randint(1, 30))))
        else:
            plain.append([chance.choice([1, "a", None, {}, []]) for _one in range(3)])
    for value in plain:
        yield _fixed("no object", json.dumps(value).encode(), NOT_ACCEPTED)
    yield _fixed("a number without end", b"1e400", NOT_ACCEPTED)


def _broken(chance: random.Random) -> Iterator[Body]:
    for code in range(0x20):
        yield Body(
            f"raw control {code:#x}",
            lambda body, code=code: (
                text({**body, "a": "-"}).replace('"-"', f'"{chr(code)}"').encode()
            ),
            UNREADABLE,
        )
    for broken in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe9"):
        for _each in range(8):
            place = chance.random()
            yield Body(
                f"bytes {broken.hex()}",
                lambda body, broken=broken, place=place: _put(text(body).encode(), broken, place),
                UNREADABLE,
            )
    for _each in range(40):
        place = chance.random()
        yield Body(
            "cut off",
            lambda body, place=place: _cut(text(body).encode(), place),
            UNREADABLE,
        )
    for tail in (
        "{}",
        "1",
        "]",
        "}",
        ",",
        "//",
        "/**/",
        "#",
        "\x00",
        "\u00a0",
        "\ufeff",
        "'",
        "=1",
    ):
        yield Body("and more", lambda body, tail=tail: (text(body) + tail).encode(), UNREADABLE)
    for word in ("NaN", "Infinity", "-Infinity", "undefined", "None", "True", "0x1F", "01", "+1"):
        yield Body(f"says {word}", lambda body, word=word: _with_raw(body, word), UNREADABLE)
    for word in (".5", "1.", "1e", "--1", "'a'", "`a`", "a", "[1,]", "{1:2}", '"\\x41"', '"\\u12"'):
        yield Body(f"says {word}", lambda body, word=word: _with_raw(body, word), UNREADABLE)
    yield Body("a number of 6000 digits", lambda body: _with_raw(body, "9" * 6_000), UNREADABLE)
    for content in (
        b"",
        b" ",
        b"\n\n",
        b"gravity=1",
        b"<a/>",
        b"a: 1",
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
    ):
        if content.strip():
            yield _fixed(f"no JSON {content[:4]!r}", content, UNREADABLE)


def _otherwise_written() -> Iterator[Body]:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        yield Body(encoding, lambda body, e=encoding: text(body).encode(e), UNREADABLE)
    yield Body("a byte order mark", lambda body: b"\xef\xbb\xbf" + text(body).encode(), UNREADABLE)
    yield Body("single quotes", lambda body: repr(dict(body, a=1)).encode(), UNREADABLE)
    yield Body("a comma too many", lambda body: text(body)[:-1].encode() + b",}", UNREADABLE)
    yield Body("a comma first", lambda body: b"{," + text(body)[1:].encode(), UNREADABLE)
    yield Body("a comment", lambda body: b"/* a */" + text(body).encode(), UNREADABLE)
    yield Body("two bodies", lambda body: text(body).encode() * 2, UNREADABLE)
    yield Body("lines of JSON", lambda body: (text(body) + "\n").encode() * 2, UNREADABLE)
    yield Body("in an array", lambda body: f"[{text(body)}]".encode(), NOT_ACCEPTED)
    yield Body("in a string", lambda body: json.dumps(text(body)).encode(), NOT_ACCEPTED)


def _twice() -> Iterator[Body]:
    for at in range(6):
        for same in (True, False):
            yield Body(
                f"name {at} said twice",
                lambda body, at=at, same=same: _again(body, at, same, escaped=False),
                UNREADABLE,
            )
        yield Body(
            f"name {at} said twice, once in escapes",
            lambda body, at=at: _again(body, at, same=False, escaped=True),
            UNREADABLE,
        )
    for inner in (
        '{"a":1,"a":1}',
        '[{"a":{"b":1,"b":2}}]',
        '{"":1,"":2}',
        '{"\\ud800":1,"\\ud800":2}',
    ):
        yield Body("twice inside", lambda body, inner=inner: _with_raw(body, inner), UNREADABLE)


def _assigned(chance: random.Random) -> Iterator[Body]:
    values: list[object] = [1, True, "x", None, [], {}, "00000000-0000-0000-0000-000000000000"]
    for name in (*ASSIGNED, *LOOKUPS):
        for value in chance.sample(values, 2):
            yield Body(
                f"also says {ascii(name)[:30]}",
                lambda body, name=name, value=value: text({**body, name: value}).encode(),
                NOT_ACCEPTED,
            )
    for change in (
        str.upper,
        str.title,
        "{} ".format,
        " {}".format,
        "{}[]".format,
        "{}\u200b".format,
    ):
        for at in range(4):
            yield Body(
                "nearly the name",
                lambda body, at=at, change=change: text(_renamed(body, at, change)).encode(),
                NOT_ACCEPTED,
            )
    for count in (200, 20_000, 60_000):
        many = {f"k{number}": 1 for number in range(count)}
        yield Body(f"{count} keys", lambda body, many=many: text({**body, **many}).encode(), 422)


def _never() -> Iterator[Body]:
    for what, value in NEVER.items():
        for at in range(5):
            yield Body(
                f"{what} in a text, {at}",
                lambda body, at=at, value=value: text(_replaced(body, at, value)).encode(),
                NOT_ACCEPTED,
            )


def _long() -> Iterator[Body]:
    mega = 1024 * 1024
    for size in (mega, 2 * mega, 5 * mega):
        yield _fixed("a long string", b'{"a":"' + b"x" * size + b'"}', TOO_LONG)
        yield _fixed("a long name", b'{"' + b"x" * size + b'":1}', TOO_LONG)
        yield _fixed("blanks", b" " * (size + 1), TOO_LONG)
        yield _fixed("noughts", b"[" + b"0," * (size // 2) + b"0]", TOO_LONG)


def _put(content: bytes, broken: bytes, place: float) -> bytes:
    at = int(place * len(content))
    return content[:at] + broken + content[at:]


def _cut(content: bytes, place: float) -> bytes:
    return content[: max(1, int(place * len(content)))]


def _with_raw(body: Sent, raw: str) -> bytes:
    return text({**body, "raw": 0}).replace('"raw": 0', f'"raw": {raw}').encode()


def _key(body: Sent, at: int) -> str:
    names = sorted(body)
    return names[at % len(names)] if names else "a"


def _again(body: Sent, at: int, same: bool, *, escaped: bool) -> bytes:
    name = _key(body, at)
    value = json.dumps(body.get(name)) if same else "null"
    key = "".join(f"\\u{ord(letter):04x}" for letter in name) if escaped else name
    once = {**body, name: body.get(name)}
    return (text(once)[:-1] + f', "{key}": {value}}}').encode()


def _renamed(body: Sent, at: int, change: Callable[[str], str]) -> Sent:
    name = _key(body, at)
    rest = {key: value for key, value in body.items() if key != name}
    return {**rest, change(name): body.get(name)}


def _replaced(body: Sent, at: int, value: object) -> Sent:
    texts = {name: said for name, said in body.items() if isinstance(said, str)}
    return {**body, _key(texts, at): value}
