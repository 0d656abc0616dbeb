"""What is refused before hours of work, and what is not."""

from pathlib import Path
from typing import Any

import pytest

from boards.__main__ import parser
from boards.build.core import DoesNotFit
from boards.build.room import check_room, least_blocks
from boards.table.entries import BOARDS, find_board
from gen.files import FileDamaged, write_json


def _written(folder: Path, value: dict[str, Any]) -> Path:
    write_json(folder / "told.json", value)
    return folder / "told.json"


def test_a_network_of_many_gates_is_refused_by_a_small_board(tmp_path: Path) -> None:
    path = _written(tmp_path, {"ands": 177_474})
    with pytest.raises(
        DoesNotFit, match="177,474 gates; iCEBreaker has 5,280 logic cells: 33 gates"
    ):
        check_room(find_board("icebreaker"), path)
    assert check_room(find_board("ulx3s-85f"), path) == "177,474 gates; ULX3S 85F has 83,640 LUT4"
    assert check_room(find_board("icebreaker"), _written(tmp_path, {"ands": 132_000}))


def test_a_program_that_no_block_ram_holds_is_refused(tmp_path: Path) -> None:
    core = {"form": "shared", "program": {"bits": 832_416, "in": "block RAM"}}
    path = _written(tmp_path, core)
    with pytest.raises(DoesNotFit, match="832,416 bits; iCEBreaker has 122,880 bits of block RAM"):
        check_room(find_board("icebreaker"), path)
    assert check_room(find_board("ulx3s-85f"), path)
    core["program"] = {"bits": 832_416, "in": "LUTs"}
    assert check_room(find_board("icebreaker"), _written(tmp_path, core))


def test_a_program_whose_words_fill_no_blocks_is_refused(tmp_path: Path) -> None:
    """What Yosys took for these memories, of 2,727 words of 39 bits and 3,688 of 23."""
    assert (least_blocks(2727, 39), least_blocks(3688, 23)) == (28, 23)
    program = {"bits": 116_315, "in": "block RAM", "memories": [[2727, 39], [586, 17]]}
    path = _written(tmp_path, {"form": "shared", "program": program})
    with pytest.raises(DoesNotFit, match="122,880 bits of block RAM, in blocks of which it takes"):
        check_room(find_board("icebreaker"), path)
    assert check_room(find_board("ulx3s-85f"), path)


def test_every_board_s_block_ram_is_known(tmp_path: Path) -> None:
    path = _written(tmp_path, {"form": "shared", "program": {"bits": 1, "in": "block RAM"}})
    for name in BOARDS:
        assert "bits of block RAM" in check_room(find_board(name), path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged):
        check_room(find_board("icebreaker"), _written(tmp_path, {"gates": 1}))


def test_the_command_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _written(tmp_path, {"ands": 1000})
    args = parser().parse_args(["room", "--board", "icebreaker", str(path)])
    args.run(args)
    assert capsys.readouterr().err == "room: 1,000 gates; iCEBreaker has 5,280 logic cells\n"
