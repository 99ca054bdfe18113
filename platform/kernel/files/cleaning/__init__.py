"""What opens foreign files: a program of its own, without Django, without keys, without a database.

It is started for one file, within limits of memory, of time and of what it may do, and is gone
afterwards. ``kernel.files.workshop`` starts it.
"""


class Refused(Exception):
    """The file is not accepted. ``code`` says why, in a word that is known to the outside."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
