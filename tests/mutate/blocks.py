"""Which test reaches which block: sources whose every statement list says that it was reached.

Cheaper than a trace of lines, and enough: a mutant lies in one block, and a test that never reaches
the block cannot see it. What is reached outside of any test, as modules are imported, belongs to
all tests. What a session's shared build reaches belongs to the first test that asked for it, so a
mutant that these tests let live is shown to the other tests of their files too.
"""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator

import pytest

__all__ = ["Chosen", "Seen", "telling"]

Block = tuple[str, int]
HOOK = "_blocks_seen"


def telling(source: str, path: str) -> str:
    """The source, saying at the head of each statement list that it is reached."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for _field, value in ast.iter_fields(node):
            is_list = isinstance(value, list) and value and isinstance(value[0], ast.stmt)
            if is_list and not isinstance(node, ast.Module | ast.ClassDef):
                told = f"__import__('builtins').__dict__.get({HOOK!r}, set()).add"
                said = ast.parse(f"{told}(({path!r}, {value[0].lineno}))").body[0]
                value.insert(0, said)
    return ast.unparse(ast.fix_missing_locations(tree))


class Seen:
    """A plugin of pytest that notes how each test ended, its time, and what it reached."""

    def __init__(self) -> None:
        self.now: set[Block] = set()
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: list[str] = []
        self.reached: dict[Block, list[str]] = defaultdict(list)
        setattr(builtins, HOOK, self.now)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.now.clear()
        try:
            return (yield)
        finally:
            for block in self.now:
                self.reached[block].append(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)


class Chosen:
    """A plugin of pytest that runs these tests only, in this order."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {name: at for at, name in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(kept, key=lambda item: self.order[item.nodeid])
