"""A checkpoint is a text that our key has signed, read back only in the one way it is written."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint
from audit.checkpoint import BadNote, Checkpoint

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = KEY.public_key()
SAID = Checkpoint("rempart/12", 2048, bytes(range(32)), datetime(2026, 11, 21, 8, 15, tzinfo=UTC))


def test_the_note_reads_as_the_format_says():
    assert checkpoint.sign(SAID, KEY).splitlines()[:6] == [
        "rempart/12",
        "2048",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "time 2026-11-21T08:15:00.000000Z",
        "",
        checkpoint.sign(SAID, KEY).splitlines()[5],
    ]
    assert checkpoint.sign(SAID, KEY).splitlines()[5].startswith("\N{EM DASH} rempart/12 ")


def test_what_was_signed_is_read_back():
    assert checkpoint.read(checkpoint.sign(SAID, KEY), [PUBLIC]) == SAID


def test_an_older_key_is_still_accepted_when_it_is_known():
    assert checkpoint.read(checkpoint.sign(SAID, OTHER), [PUBLIC, OTHER.public_key()]) == SAID


def test_every_flipped_bit_is_refused():
    note = checkpoint.sign(SAID, KEY).encode()
    refused = 0
    for place in range(len(note)):
        for bit in range(8):
            changed = bytearray(note)
            changed[place] ^= 1 << bit
            with pytest.raises((BadNote, UnicodeDecodeError)):
                checkpoint.read(changed.decode(), [PUBLIC])
            refused += 1
    assert refused == len(note) * 8


def test_the_same_signature_written_another_way_is_refused():
    """Base64 has spare bits at its end: one checkpoint must not have two texts."""
    body, letter, end = checkpoint.sign(SAID, KEY)[:-3], *checkpoint.sign(SAID, KEY)[-3:-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(letter) ^ 1]
    with pytest.raises(BadNote, match="one way"):
        checkpoint.read(f"{body}{other}{end}\n", [PUBLIC])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("2048", "02048"),
        lambda note: note.replace("2048", "-1"),
        lambda note: note.replace("rempart/12\n2048", "rempart/13\n2048"),
        lambda note: note.replace("\n\n", "\nmore\n\n"),
        lambda note: note + "trailing",
        lambda note: note.partition("\n\n")[0],
        lambda note: "",
    ],
)
def test_another_text_is_refused(spoil):
    with pytest.raises(BadNote):
        checkpoint.read(spoil(checkpoint.sign(SAID, KEY)), [PUBLIC])


def test_a_stranger_s_signature_is_refused():
    with pytest.raises(BadNote, match="no key that we know"):
        checkpoint.read(checkpoint.sign(SAID, OTHER), [PUBLIC])


def test_a_second_signature_by_a_witness_does_not_disturb():
    note = checkpoint.sign(SAID, KEY)
    witness = Checkpoint("witness.example", SAID.size, SAID.root, SAID.at)
    line = checkpoint.sign(witness, OTHER).splitlines()[-1]
    assert checkpoint.read(note + line + "\n", [PUBLIC]) == SAID


def test_the_public_key_is_given_as_other_tools_want_it():
    name, identifier, key = checkpoint.verifier_line("rempart/12", PUBLIC).split("+", 2)
    assert (name, len(identifier), len(key)) == ("rempart/12", 8, 44)
