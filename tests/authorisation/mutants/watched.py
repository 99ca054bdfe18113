"""Tells in which tests a defect could change anything, without planting it.

A condition that is dropped matters only where it would have been false, a guard only where it
refuses. So every condition is watched while all is whole; a test in which it never was false need
not be asked again with the defect.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import FunctionType
from typing import Any

import psycopg

from tests.authorisation.mutants import code
from tests.authorisation.mutants.code import Change, InCode
from tests.authorisation.mutants.functions import InFunction
from tests.support.database import admin
from tests.support.searching import database_name

SEEN = "probe"


class Watch:
    """Every condition of the code and of the database, and which of them mattered."""

    def __init__(self, in_code: list[InCode], in_functions: list[InFunction]) -> None:
        self._in_code: dict[FunctionType, list[InCode]] = defaultdict(list)
        for each in in_code:
            self._in_code[each.function].append(each)
        self._in_functions: dict[str, list[InFunction]] = defaultdict(list)
        for one in in_functions:
            self._in_functions[one.function].append(one)
        self._numbered = [one.name for one in in_functions]
        self._mattered: set[str] = set()
        self._counts: dict[str, int] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """For as long as the tests are asked."""
        vars(builtins).update(
            _defect_differs=self._differs,
            _defect_reached=self._reached,
            _defect_raises=self._raises,
        )
        with ExitStack() as stack:
            for found in self._in_code.values():
                stack.enter_context(replace(found[0], code=_watched(found)).planted())
            connection = stack.enter_context(admin(database_name()))
            self._make_counters(connection)
            for found_there in self._in_functions.values():
                connection.execute(_counted(found_there, self._numbered))
            yield
            for found_there in self._in_functions.values():
                connection.execute(found_there[0].whole)

    def mattered(self) -> list[str]:
        """The defects that would have changed something since this was last asked."""
        with admin(database_name()) as connection:
            counts = dict(
                connection.execute(
                    "SELECT sequencename, last_value FROM pg_sequences"
                    " WHERE schemaname = %s AND last_value > 0",
                    [SEEN],
                ).fetchall()
            )
        moved = {name for name, count in counts.items() if self._counts.get(name) != count}
        self._counts = counts
        found = self._mattered | {self._numbered[int(name[1:])] for name in moved}
        self._mattered = set()
        return sorted(found)

    def _differs(self, name: str, value: Any, other: bool) -> Any:
        if bool(value) is not other:
            self._mattered.add(name)
        return value

    def _reached(self, name: str, value: Any) -> Any:
        self._mattered.add(name)
        return value

    def _raises(self, name: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except BaseException:
            self._mattered.add(name)
            raise

    def _make_counters(self, connection: psycopg.Connection) -> None:
        """Sequences: they count in a transaction that is rolled back, too."""
        connection.execute(f"CREATE SCHEMA {SEEN}")
        connection.execute(f"GRANT USAGE ON SCHEMA {SEEN} TO PUBLIC")
        for number in range(len(self._numbered)):
            connection.execute(f"CREATE SEQUENCE {SEEN}.s{number}")
        connection.execute(
            f"CREATE FUNCTION {SEEN}.seen(number integer, value boolean) RETURNS boolean"
            " LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF value IS NOT TRUE THEN"
            f" PERFORM nextval('{SEEN}.s' || number); END IF; RETURN value; END $$"
        )


def _watched(found: list[InCode]) -> Any:
    changes = [
        Change(each.change.at, WATCHED[each.change.does](each.name), each.change.place)
        for each in found
    ]
    made = code.compiled(found[0].module, code.changed(found[0].node, changes))
    assert made is not None
    return made


def _counted(found: list[InFunction], numbered: list[str]) -> str:
    """The function of the database with its conditions counted where they are not met."""
    text = found[0].whole
    for each in sorted(found, key=lambda one: -one.start):
        number, said = numbered.index(each.name), text[each.start : each.end]
        counted = (
            f"PERFORM {SEEN}.seen({number}, false); {said}"
            if each.by == "NULL;"
            else f"{SEEN}.seen({number}, {said})"
        )
        text = text[: each.start] + counted + text[each.end :]
    return text


def _call(name: str, *values: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(f"_defect_{name}", ast.Load()), list(values), [])


def _answer(name: str) -> Callable[..., None]:
    def does(found: ast.Return) -> None:
        value = found.value or ast.Constant(None)
        found.value = _call("differs", ast.Constant(name), value, ast.Constant(True))

    return does


def _operand(name: str) -> Callable[..., None]:
    def does(found: ast.BoolOp, place: int) -> None:
        value = found.values[place]
        planted = ast.Constant(not code.keeps_out(value))
        found.values[place] = _call("differs", ast.Constant(name), value, planted)

    return does


def _refusal(name: str) -> Callable[..., None]:
    def does(found: ast.If) -> None:
        found.test = _call("differs", ast.Constant(name), found.test, ast.Constant(False))

    return does


def _keyword(name: str) -> Callable[..., None]:
    def does(found: ast.Call, place: int) -> None:
        named = found.keywords[place]
        named.value = _call("reached", ast.Constant(name), named.value)

    return does


def _check(name: str) -> Callable[..., None]:
    def does(found: ast.Expr) -> None:
        nothing = ast.arguments([], [], None, [], [], None, [])
        later = ast.Lambda(nothing, found.value)
        found.value = _call("raises", ast.Constant(name), later)

    return does


WATCHED: dict[Callable[..., None], Callable[[str], Callable[..., None]]] = {
    code.answered_yes: _answer,
    code.without_operand: _operand,
    code.never: _refusal,
    code.without_keyword: _keyword,
    code.left_out: _check,
}
