"""Bodies that no client of ours sends, by class, with the status that each is answered with."""

from typing import Final

JSON: Final = "application/json"
MEGABYTE: Final = 1024 * 1024

NO_OBJECT: Final = {
    "true": b"true",
    "false": b"false",
    "null": b"null",
    "an integer": b"0",
    "a float": b"-1.5e3",
    "a string": b'"texte"',
    "an empty string": b'""',
    "an array": b"[]",
    "an array of objects": b"[{}]",
}
"""JSON that is no object: understood, and not what is asked for."""

NO_JSON: Final = {
    "blanks": b"   ",
    "an open brace": b"{",
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1} // oui',
    "two objects": b"{}{}",
    "a trailing comma": b'{"a": 1,}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "Latin-1": '{"a": "\xe9"}'.encode("latin-1"),
    "an overlong NUL": b'{"a": "\xc0\x80"}',
    "a raw control character": b'{"a": "\x01"}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a key said twice": b'{"gravity": 1, "gravity": 3}',
    "a key said twice deep inside": b'{"steps": {"taken": [], "taken": []}}',
    "a number of 5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "100000 open arrays": b"[" * 100_000,
    "100000 open objects": b'{"a":' * 100_000,
    "100000 nested arrays": b"[" * 100_000 + b"]" * 100_000,
    "100000 nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a form": b"gravity=1&urgency=high",
    "markup": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
}
"""What cannot be read as one JSON value, or could be read in two ways."""

UNKNOWN: Final = {
    "an identifier": b'{"id": "00000000-0000-0000-0000-000000000000"}',
    "a cell": b'{"cell_id": 1}',
    "a state": b'{"state": "closed"}',
    "viewers": b'{"viewers": [1, 2, 3]}',
    "a right": b'{"is_staff": true, "roles": ["platform_operator"]}',
    "a date of creation": b'{"created_at": "2001-01-01T00:00:00Z"}',
    "an infinite number": b'{"a": 1e400}',
    "a key of NUL": b'{"\\u0000": 1}',
    "a key of half a character": b'{"\\ud800": 1}',
    "a key that is long": b'{"' + b"a" * 100_000 + b'": 1}',
    "a look-up": b'{"case__school_name__startswith": "A"}',
    "a prototype": b'{"__proto__": {"a": 1}, "constructor": 1}',
    "60000 keys": b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}",
}
"""Objects with fields that nobody declared."""

TOO_LONG: Final = {
    "a long string": b'{"a": "' + b"x" * (5 * MEGABYTE) + b'"}',
    "one byte too many": b'{"a": "' + b"x" * MEGABYTE + b'"}',
    "a long nothing": b" " * (2 * MEGABYTE),
}

NOT_JSON_TYPES: Final = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "nonsense",
)

NEVER_TEXT: Final = {
    "true": True,
    "a number": 12,
    "a list": ["texte"],
    "an object": {"a": 1},
    "NUL": "a\x00b",
    "half a character": "a\ud800",
    "too long": "x" * 200_000,
}
"""Values that no field of text, choice, date or identifier takes."""

NEVER_DATE: Final = {
    "no day": "2026-02-30",
    "no leap year": "2025-02-29",
    "year 0": "0000-01-01",
    "five digits": "99999-01-01",
    "a French date": "14/09/2026",
    "a moment": "2026-09-14T10:00:00Z",
    "the first year": "0001-01-01",
    "the last year": "9999-12-31",
    "words": "demain",
    "empty": "",
}

NEVER_NUMBER: Final = {
    "negative": -1,
    "large": 10**10,
    "beyond 64 bits": 2**70,
    "fraction": 1.5,
    "infinite": float("1e308") * 10,
    "a word": "deux",
    "a list": [1],
    "true": True,
}
