"""Plants a defect in the database for as long as it is looked for, and takes it out again."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.database import admin
from tests.support.searching import database_name


def source_of(function: str) -> str:
    """The statement that makes a function as it is now, with what it may be called by."""
    with admin(database_name()) as connection:
        row = connection.execute(
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n"
            " ON n.oid = p.pronamespace WHERE n.nspname || '.' || p.proname = %s",
            [function],
        ).fetchone()
    assert row is not None, f"there is no function {function}"
    return str(row[0])


@contextmanager
def function_says(function: str, old: str, new: str) -> Iterator[None]:
    """A function of ours in which these words are others."""
    whole = source_of(function)
    assert old in whole, f"{function} does not say {old!r}"
    with as_written(whole.replace(old, new), whole):
        yield


@contextmanager
def as_written(planted: str, whole: str) -> Iterator[None]:
    """A function made anew, and as it was afterwards. Owner and rights stay what they are."""
    with admin(database_name()) as connection:
        connection.execute(planted)  # type: ignore[call-overload]  # our own text, changed
        try:
            yield
        finally:
            connection.execute(whole)  # type: ignore[call-overload]
