"""Which links of the chain are taken from which folder of a build."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from boards.__main__ import parser
from boards.bits.commands import links_of
from boards.bits.faults import Board
from gen.proof.readback import Readback


class Asked(Exception):
    """Ends a command where the test has seen enough."""


def test_each_link_is_taken_from_the_folder_that_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every folder has a file of each link; those of the wrong folder are of another design."""
    core, board = tmp_path / "net", tmp_path / "net" / "icebreaker"

    def read(folder: Path) -> list[dict[str, Any]]:
        return [{"link": number, "of": folder} for number in range(1, 6)]

    monkeypatch.setattr("gen.proof.chain.read_links", read)
    build = {"core_description": {"family": "ice40"}, "board": {"family": "ice40"}}
    monkeypatch.setattr("boards.build.synth.recipe_folder", lambda *_: core)
    for shared, recipe in ((True, tmp_path), (False, core)):
        monkeypatch.setattr("boards.build.core.is_shared", lambda _, shared=shared: shared)
        found = [(link["link"], link["of"]) for link in links_of(build, core, board)]
        assert found == [(1, recipe), (2, recipe), (3, core), (4, board), (5, board)]


def test_the_board_that_is_named_is_the_one_whose_top_level_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def check(_folder: Path, _build: object, _budget: float, board: str = "") -> None:
        asked.append(board)
        raise Asked

    monkeypatch.setattr("boards.bits.links.check_netlist", check)
    monkeypatch.setattr("boards.bits.links.NETLIST_FILES", ())
    monkeypatch.setattr("boards.build.synth.load_build", lambda _: {"board": {"family": "ice40"}})
    words = ["verify", "netlist", "--build", str(tmp_path), "--board", "mine.py"]
    with pytest.raises(Asked):
        parser().parse_args(words).run(parser().parse_args(words))
    assert asked == ["mine.py"]


@pytest.mark.parametrize("count", [5, 48])
def test_faults_are_drawn_from_all_bits_each_at_most_once(count: int) -> None:
    board = object.__new__(Board)
    board.good = cast(Readback, SimpleNamespace(tables={(1, 2, at): None for at in range(3)}))
    drawn = board.draw(count, 7)
    assert len(drawn) == len(set(drawn)) == count
    assert {(one.site[:2], 0 <= one.bit < 16) for one in drawn} == {((1, 2), True)}
    assert drawn == board.draw(count, 7)
