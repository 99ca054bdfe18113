"""Defects in Python: a condition on who is looking that is dropped, a guard that is skipped.

A function keeps its place and its name and gets another code, so that whoever imported it gets
the defect; afterwards it gets its own code back.
"""

from __future__ import annotations

import ast
import copy
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

ROOT = Path(__file__).resolve().parents[3]
WHO = ("viewer.has", "viewer.units", "viewer.cell_id", "viewer.account_id", "viewer.agency")
GUARDS = ("NotFound", "NotAllowed", "SignInRequired")
CHECKS = ("administering", "changing_rights", "require_fresh")
APPS = ("referrals", "meetings", "agencies", "audit")


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to which part of a function, parts counted as they are walked."""

    at: int
    does: Callable[..., None]
    place: int | None = None


@dataclass(frozen=True, slots=True)
class InCode:
    """One defect: which function, what is done to it, and the code that it then has."""

    function: FunctionType
    name: str
    code: CodeType
    change: Change
    node: ast.FunctionDef
    module: ModuleType

    @property
    def app(self) -> str:
        """The room that it is in."""
        return self.function.__module__.partition(".")[0]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The defect, for as long as it is looked for."""
        whole = self.function.__code__
        self.function.__code__ = self.code
        try:
            yield
        finally:
            self.function.__code__ = whole


def modules() -> Iterator[ModuleType]:
    """Where it is decided who may: policies, selectors, services and what they stand on."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            decides = {"policies", "selectors", "access", "cases", "services"} & set(parts)
            if decides and "demo" not in parts and "__init__" not in parts:
                yield import_module(".".join(parts))


def defects() -> Iterator[InCode]:
    """Every defect of these kinds that the modules have room for, each with a name of its own."""
    had: Counter[str] = Counter()
    for defect in _found():
        had[defect.name] += 1
        again = f" ({had[defect.name]})" if had[defect.name] > 1 else ""
        yield replace(defect, name=f"{defect.name}{again}")


def _found() -> Iterator[InCode]:
    for module in modules():
        tree = ast.parse(inspect.getsource(module))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found = inspect.unwrap(getattr(module, node.name))
                if isinstance(found, FunctionType) and not found.__closure__:
                    yield from _of(module, node, found)


def _of(module: ModuleType, node: ast.FunctionDef, function: FunctionType) -> Iterator[InCode]:
    for what, change in _changes(node):
        code = compiled(module, changed(node, [change]))
        if code is not None:
            where = f"{module.__name__}.{node.name}"
            yield InCode(function, f"{where}: {what}", code, change, node, module)


def together(defects: list[InCode]) -> InCode | None:
    """Several defects of one function at once: what each of them alone leaves standing is gone."""
    one = defects[0]
    code = compiled(one.module, changed(one.node, [each.change for each in defects]))
    return replace(one, code=code) if code is not None else None


def _changes(node: ast.FunctionDef) -> Iterator[tuple[str, Change]]:
    for at, found in enumerate(ast.walk(node)):
        if isinstance(found, ast.Return) and node.name.startswith("can_"):
            yield "answers yes", Change(at, answered_yes)
        if isinstance(found, ast.BoolOp):
            for place, value in enumerate(found.values):
                if _asks_who(value):
                    text = f"{_word(found)} {ast.unparse(value)} is dropped"
                    yield text, Change(at, without_operand, place)
        if isinstance(found, ast.If) and _refuses(found):
            text = f"if {ast.unparse(found.test)[:70]} refuses nobody"
            yield text, Change(at, never)
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute):
            for place, named in enumerate(found.keywords):
                if found.func.attr == "filter" and _asks_who(named.value):
                    text = f"{found.func.attr}({named.arg}=...) is dropped"
                    yield text, Change(at, without_keyword, place)
        if isinstance(found, ast.Expr) and _is_a_check(found.value):
            text = f"{ast.unparse(found.value)[:70]} is left out"
            yield text, Change(at, left_out)


def _word(found: ast.BoolOp) -> str:
    return "and" if isinstance(found.op, ast.And) else "or"


def _asks_who(value: ast.AST) -> bool:
    text = ast.unparse(value)
    return any(word in text for word in WHO) or "policies.can_" in text


def _refuses(found: ast.If) -> bool:
    raised = [each for each in found.body if isinstance(each, ast.Raise) and each.exc]
    names = [ast.unparse(each.exc) for each in raised if each.exc]
    return any(name.startswith(GUARDS) for name in names) and _asks_who(found.test)


def _is_a_check(value: ast.AST) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and (value.func.id in CHECKS or value.func.id.startswith("refuse_"))
    )


def changed(node: ast.FunctionDef, changes: list[Change]) -> ast.FunctionDef:
    made = copy.deepcopy(node)
    parts = list(ast.walk(made))
    # From the last place of a part to its first: what is taken out moves those behind it.
    for change in sorted(changes, key=lambda each: (each.at, -(each.place or 0))):
        more = () if change.place is None else (change.place,)
        change.does(parts[change.at], *more)
    made.decorator_list = []
    return made


def answered_yes(found: ast.Return) -> None:
    found.value = ast.Constant(value=True)


def without_operand(found: ast.BoolOp, place: int) -> None:
    """What keeps somebody out never holds, what lets somebody in always does."""
    found.values[place] = ast.Constant(value=not keeps_out(found.values[place]))


def keeps_out(value: ast.AST) -> bool:
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.op, ast.Not)
    if isinstance(value, ast.Compare):
        return isinstance(value.ops[0], (ast.NotIn, ast.NotEq, ast.IsNot))
    return False


def never(found: ast.If) -> None:
    found.test = ast.Constant(value=False)


def without_keyword(found: ast.Call, place: int) -> None:
    del found.keywords[place]


def left_out(found: ast.Expr) -> None:
    found.value = ast.Constant(value=None)


def compiled(module: ModuleType, node: ast.FunctionDef) -> CodeType | None:
    future = [ast.ImportFrom(module="__future__", names=[ast.alias(name="annotations")], level=0)]
    tree = ast.fix_missing_locations(ast.Module(body=[*future, node], type_ignores=[]))
    space = dict(vars(module))
    exec(compile(tree, module.__file__ or "", "exec"), space)  # noqa: S102 (our own code, changed)
    made = space[node.name]
    return made.__code__ if isinstance(made, FunctionType) and not made.__closure__ else None
