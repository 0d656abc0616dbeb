"""The planting of faults itself: what is planted is a change, and what is said of it is so."""

from pathlib import Path

import pytest

from tests.mutate.__main__ import parser, report, survives
from tests.mutate.mutants import draw, mutants_of
from tests.mutate.rooms import ROOMS, asked_about, sources_of
from tests.mutate.runs import ROOT, Asked, Copy, run

TOY = '''"""A toy."""

__all__ = ["largest", "unseen"]

MOST = 12


def largest(values: list[int]) -> int:
    """The largest."""
    if not values:
        raise ValueError(f"none of {len(values)}")
    found = values[0]
    for value in values:
        if value > found:
            found = value
    return found


def unseen(value: int) -> int:
    seconds = 33
    return value + 1
'''
TEST = """import pytest
from toy import largest, unseen


def test_largest():
    assert largest([3, 1, 4, 1, 5]) == 5


def test_none_wrong():
    with pytest.raises(ValueError):
        largest([])


def test_it_runs():
    unseen(1)
"""


def test_each_mutant_is_one_change_that_compiles() -> None:
    found = mutants_of(TOY, "toy.py")
    assert len({one.planted(TOY) for one in found}) == len(found) > 10
    for one in found:
        compile(one.planted(TOY), "toy.py", "exec")
        assert TOY.encode()[one.start : one.end].decode() == one.old
        assert len(one.planted(TOY).encode()) - len(TOY.encode()) == len(one.new.encode()) - len(
            one.old.encode()
        )


def test_words_budgets_and_time_are_left_alone() -> None:
    said = [str(one) for one in mutants_of(TOY, "toy.py")]
    assert not [
        one for one in said if "12" in one or "33" in one or "A toy" in one or "all__" in one
    ]
    assert "toy.py largest: `not values` -> `(values)` (drop a not)" in said
    assert "toy.py unseen: `value + 1` -> `((value) - (1))` (another operator)" in said
    assert mutants_of("say(f'{1 + 1}', 2)\nassert 1 < 2\nseconds = 1 + 2\n", "toy.py") == []


@pytest.mark.parametrize(
    ("source", "planted"),
    [
        ("x = a and b", "x = ((a) or (b))"),
        ("x = a is None", "x = ((a) is not (None))"),
        ("x = f(a, b=1)", "x = (f(a))"),
        ("for x in y:\n    f(x)", "for x in list(y)[1:]:\n    f(x)"),
        ("for x in y:\n    f(x)", "for x in y:\n    pass"),
        ("x = [y for y in z if y]", "x = [y for y in z if True]"),
        ("def f(x) -> bool:\n    return g(x)", "def f(x) -> bool:\n    return False"),
        ("def f(x):\n    return g(x)", "def f(x):\n    return x"),
        ("x = a - b", "x = ((b) - (a))"),
        ("x = 'é', 1", "x = 'é', (2)"),
        ("x += 1", "pass"),
    ],
)
def test_what_is_planted(source: str, planted: str) -> None:
    assert planted in [one.planted(source) for one in mutants_of(source, "toy.py")]


def test_the_seed_decides_and_modules_take_turns() -> None:
    sources = sources_of(ROOT, "gen/map")
    first, again, other = (draw(sources, 30, seed) for seed in (0, 0, 1))
    assert first == again != other
    each = [sum(one.path == path for one in first) for path in {one.path for one in first}]
    assert len(first) == 30
    assert max(each) - min(each) <= 1


def test_every_room_has_sources_and_tests() -> None:
    for room, tests in ROOMS.items():
        sources = sources_of(ROOT, room)
        assert sources, room
        assert all((ROOT / one).exists() for path in sources for one in asked_about(path))
        assert asked_about(next(iter(sources))) == tests
    assert parser().parse_args([]).count >= 150


def test_a_copy_says_which_mutants_live(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "toy"
    root.mkdir()
    for name, text in {"toy.py": TOY, "test_toy.py": TEST}.items():
        (root / name).write_text(text)
    asked = Asked(Copy(tmp_path, root), {"toy.py": TOY}, ["test_toy.py"])
    assert asked.failed == []
    assert len(asked.seconds) == 3
    made = {str(one).partition(": ")[2]: one for one in mutants_of(TOY, "toy.py")}
    dead = made['`raise ValueError(f"none of {len(values)}")` -> `pass` (drop a raise)']
    alive = made["`value + 1` -> `((value) - (1))` (another operator)"]
    assert asked.reaching("toy.py", alive.block) == ["test_toy.py::test_it_runs"]
    assert not survives(dead, TOY, asked)
    assert survives(alive, TOY, asked)
    assert (root / "toy.py").read_text() == TOY == (tmp_path / "tree" / "toy.py").read_text()
    assert report([alive], 2) == 1
    assert "1 of 2 killed (50.0 %), 1 survived" in capsys.readouterr().out


def test_what_hangs_is_ended() -> None:
    def hang() -> int:
        while True:
            pass

    assert run(hang, 0.1) is None
    assert run(lambda: 3, 30) == 3
