"""Every reason that a service gives for being degraded, unready or waiting has its place in a runbook."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
CODE = ("packages/kit/src", "services")
REASON = re.compile(r"[a-z]+(_[a-z]+)*")
QUOTED = re.compile(r"`([a-z_]+)`")

GIVEN_TO = {"degrade", "_degrade", "set_degraded", "restore", "add_check"}
"""Calls whose first argument is a reason to be degraded, or the name of a check."""
WAITS_BY = {"_failed"}
"""Calls whose first argument is a reason for which a reader of the log waits."""
HOLDERS = {"degraded", "lacking", "failing", "_reason"}
"""What holds reasons: variables, attributes, fields, properties and arguments of such a name."""
ADDING = {"add", "append", "extend", "update"}
LOG_ERRORS = "packages/kit/src/merx_kit/eventlog/errors.py"
HANDED_ON = {
    ("http/health.py", "reason"),  # say tells set_degraded, and that degrade and restore
    ("registry/slot.py", "refusal"),  # why a version was refused before
    ("registry/slot.py", "refusal.reason"),  # ModelRefused: what it is made with is read
    ("service/recommender.py", "known.lacking"),
    ("eventlog/tail.py", "error.code"),  # the codes of LOG_ERRORS are read
    ("consumers/runner.py", "error.code"),
}
"""Where a reason that was named elsewhere is handed on: how the file's path ends, and the expression."""


class Shapes(NamedTuple):
    """What must be known of all modules before one is read: texts by the name of their constant, and where among the
    arguments of a class a reason stands."""

    texts: dict[str, str]
    places: dict[str, int]


class Reasons(ast.NodeVisitor):
    """The reasons that modules name; `unread` are expressions that may be one and do not say which."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self.found: set[str] = set()
        self.waits: set[str] = set()
        self.unread: set[str] = set()

    def visit_Call(self, node: ast.Call) -> None:
        name = last_name(node.func)
        held = isinstance(node.func, ast.Attribute) and last_name(node.func.value) in HOLDERS
        if node.args and name in WAITS_BY:
            self.waits |= self._given(node.args[0])
        elif node.args and (name in GIVEN_TO or (held and name in ADDING)):
            self.found |= self._given(node.args[0])
        for word in node.keywords:
            if word.arg in HOLDERS:
                self.found |= self._words(word.value)
        place = self._shapes.places.get(name, len(node.args))
        for given in node.args[place : place + 1]:
            self.found |= self._words(given)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(last_name(target) in HOLDERS for target in node.targets):
            self.found |= self._words(node.value)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for statement in node.body if node.name.lstrip("_") in HOLDERS else ():
            if not isinstance(statement, ast.Expr):  # a docstring names none
                self.found |= self._words(statement)
        self.generic_visit(node)

    def _given(self, expression: ast.expr) -> set[str]:
        words = self._words(expression)
        if not words:
            self.unread.add(ast.unparse(expression))
        return words

    def _words(self, node: ast.AST) -> set[str]:
        texts = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
        texts |= {self._shapes.texts.get(last_name(part), "") for part in ast.walk(node)}
        return {text for text in texts if isinstance(text, str) and REASON.fullmatch(text)}


def last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def constants(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Texts by the capital name that they have: `A = "a"`, and `A, B = "a", "b"`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if last_name(name).isupper() and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield last_name(name), value.value


def places(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """For each class that is made with a reason: its place among the arguments."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        fields = [last_name(part.target) for part in node.body if isinstance(part, ast.AnnAssign)]
        yield from ((node.name, fields.index(name)) for name in HOLDERS & set(fields))
        for part in node.body:
            if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                arguments = [argument.arg for argument in part.args.args[1:]]
                if "reason" in arguments:
                    yield node.name, arguments.index("reason")


@cache
def modules() -> dict[str, ast.Module]:
    paths = (path for folder in CODE for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted(paths)}


@cache
def shapes() -> Shapes:
    trees = modules().values()
    texts = dict(pair for tree in trees for pair in constants(tree))
    return Shapes(texts, dict(pair for tree in trees for pair in places(tree)))


@cache
def read() -> dict[str, Reasons]:
    found = {}
    for path, tree in modules().items():
        found[path] = Reasons(shapes())
        found[path].visit(tree)
    return found


def reasons() -> set[str]:
    return {reason for one in read().values() for reason in one.found}


def waits() -> set[str]:
    """Why a reader of the log waits: its own words, and the codes of what the log raises."""
    assigned = (node for node in ast.walk(modules()[LOG_ERRORS]) if isinstance(node, ast.Assign))
    codes = {ast.literal_eval(node.value) for node in assigned if last_name(node.targets[0]) == "code"}
    return codes | {reason for one in read().values() for reason in one.waits}


def headings(text: str) -> set[str]:
    return {name for line in text.splitlines() if line.startswith("## ") for name in QUOTED.findall(line)}


class TestRunbooks:
    @pytest.mark.parametrize("reason", sorted(reasons()))
    def test_a_reason_to_be_degraded_or_unready_has_a_section(self, reason: str) -> None:
        told = {name for path in RUNBOOKS.glob("*.md") for name in headings(path.read_text())}
        assert reason in told, f"docs/runbooks has no section whose heading names `{reason}`"

    @pytest.mark.parametrize("reason", sorted(waits()))
    def test_a_reason_for_which_a_reader_of_the_log_waits_is_told(self, reason: str) -> None:
        told = {name for path in RUNBOOKS.glob("*.md") for name in QUOTED.findall(path.read_text())}
        assert reason in told, f"docs/runbooks does not say what `{reason}` means"

    def test_no_section_is_left_of_a_reason_that_is_gone(self) -> None:
        assert headings((RUNBOOKS / "degraded.md").read_text()) <= reasons()


class TestReading:
    """That no reason escapes the tests above."""

    def test_each_one_is_named_where_it_is_given_or_known_to_be_handed_on(self) -> None:
        unread = {(path, expression) for path, one in read().items() for expression in one.unread}
        for path, expression in unread:
            handed_on = any(path.endswith(end) and expression == known for end, known in HANDED_ON)
            assert handed_on, f"{path}: `{expression}` may be a reason; name it there, or add it to HANDED_ON"

    @pytest.mark.parametrize(
        "code",
        [
            "health.degrade('tea_is_cold')",
            "health.set_degraded(TEA, cold)",
            "health.add_check('tea_is_cold', lambda: True)",
            "scene.degraded.append('tea_is_cold')",
            "lacking.add(words.TEA)",
            "self._reason = 'tea_is_cold' if cold else ''",
            "Known(nobody, ('tea_is_cold',))",
            "Answer(degraded=(TEA,))",
            "raise ModelRefused('too cold', 'tea_is_cold')",
            "def degraded(self):\n    return (*more, 'tea_is_cold')",
        ],
    )
    def test_a_new_one_is_found(self, code: str) -> None:
        reader = Reasons(Shapes({**shapes().texts, "TEA": "tea_is_cold"}, shapes().places))
        reader.visit(ast.parse(code))
        assert reader.found == {"tea_is_cold"}
