"""`python -O` leaves assertions out: none may do work, and none may stand between a proof and what
it says. Those that are left tell the type checker what is known anyway."""

import ast

from tests.conftest import ROOT

ROOMS = ("gen", "hw", "boards", "sim", "benchmarks")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def said_anyway(test: ast.expr) -> bool:
    """`name is not None`, `isinstance(name, ...)`, `not isinstance(...)`; no call in the name."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return said_anyway(test.operand)
    if isinstance(test, ast.Call):
        named = isinstance(test.func, ast.Name) and test.func.id == "isinstance"
        return named and not any(isinstance(one, ast.Call) for one in ast.walk(test.args[0]))
    none = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot)
    return none and not any(isinstance(one, ast.Call) for one in ast.walk(test))


def working(source: str) -> list[int]:
    """Lines of assertions that do or decide anything."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return [node.lineno for node in found if not said_anyway(node.test)]


def test_no_assertion_works() -> None:
    assert len(SOURCES) > 100
    found = {str(path.relative_to(ROOT)): working(path.read_text("utf-8")) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_planted_ones_are_found() -> None:
    assert working('assert tokens.pop(0) == "?"\nassert next(it) is not None\nassert a == b') == [
        1,
        2,
        3,
    ]
    assert working("assert a is not None\nassert isinstance(b, int)") == []
