"""Whoever knows the first key follows the others, and takes nothing that a key signed too late."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, keys, log
from audit.key_notes import handing_over
from audit.standalone import rempart_verify, rempart_witness
from audit.witnessing import proofs


class Signed:
    """A log of 700 entries as two keys have signed it: one up to 600, the other from then on."""

    def __init__(self, folder, cell_id):
        self.folder, self.old, self.new = folder, keys.signing_key(), Ed25519PrivateKey.generate()
        with log.connect("auditor") as connection:
            older, newer = log.checkpoints(connection, cell_id, above=599, limit=2)
            self.hashes = proofs.consistency(connection, newer, older.size)
        self.kept = checkpoint.read(older.note, keys.public_keys())
        self.newest = checkpoint.read(newer.note, keys.public_keys())
        self.key = checkpoint.verifier_line(self.kept.origin, self.old.public_key())
        self.notes = self.handed_over(self.old, self.new)

    def handed_over(self, older, newer, number=2):
        house = self.kept.origin.rpartition("/")[0]
        return handing_over(house, number, self.newest.at, older=older, newer=newer)

    def file(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def leading(self, note):
        text = proofs.consistency_text(self.kept.size, self.hashes, note)
        return self.file("leading", text)

    def verdicts(self, kept, newest, notes, capsys):
        """What both tools say to an older and a newer checkpoint: the words of their refusals."""
        leading, keys_file = self.leading(newest), self.file("keys", notes)
        known = ["--key", self.key, "--keys", keys_file]
        state = self.file("state", kept)
        code = rempart_verify.main(["consistency", state, leading, *known])
        said = capsys.readouterr().err
        also = rempart_witness.main([*known, "--state", state, "--file", leading])
        assert code == also, "both say the same"
        return code, said + capsys.readouterr().err


@pytest.fixture
def two_keys(tmp_path, log_of_700):
    return Signed(tmp_path, log_of_700)


def test_a_later_key_is_followed_from_the_first_one_and_no_other_is(two_keys, capsys):
    kept = checkpoint.sign(two_keys.kept, two_keys.old)
    newest = checkpoint.sign(two_keys.newest, two_keys.new)
    assert two_keys.verdicts(kept, newest, two_keys.notes, capsys) == (0, "")
    stranger = Ed25519PrivateKey.generate()
    late = checkpoint.sign(two_keys.newest, two_keys.old)
    early = checkpoint.sign(replace(two_keys.newest, at=two_keys.kept.at), two_keys.new)
    refused = {
        "another key than the one": (newest, ""),
        "was not the log's at that time": (late, two_keys.notes),
        "not the log's at that time": (early, two_keys.notes),
        "hand": (newest, two_keys.handed_over(stranger, two_keys.new)),
        "over to key 2": (newest, two_keys.handed_over(two_keys.old, two_keys.new, number=3)),
        "does not belong": (newest, two_keys.notes.replace("from 20", "from 21")),
    }
    for words, (note, notes) in refused.items():
        (two_keys.folder / "state.keys").unlink(missing_ok=True)
        code, said = two_keys.verdicts(kept, note, notes, capsys)
        assert (code, words in said) == (1, True), (words, said)


def test_a_witness_keeps_the_keys_it_has_followed(two_keys, capsys):
    kept = checkpoint.sign(two_keys.kept, two_keys.old)
    newest = checkpoint.sign(two_keys.newest, two_keys.new)
    assert two_keys.verdicts(kept, newest, two_keys.notes, capsys)[0] == 0
    beside = two_keys.folder / "state.keys"
    assert beside.read_text(encoding="utf-8") == two_keys.notes
    state, leading = str(two_keys.folder / "state"), two_keys.leading(newest)
    asked = ["--key", two_keys.key, "--state", state, "--file", leading]
    assert rempart_witness.main(asked) == 0, "it knows them by now"
    other = two_keys.handed_over(two_keys.old, Ed25519PrivateKey.generate())
    assert rempart_witness.main([*asked, "--keys", two_keys.file("other", other)]) == 1
    assert "no longer follow those that were kept" in capsys.readouterr().err
    assert beside.read_text(encoding="utf-8") == two_keys.notes
    assert other in (two_keys.folder / "state.refused").read_text(encoding="utf-8")
