"""The rows of the ablation: what each changes, and the table of what was measured."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ablation.__main__ import current, parser, table
from benchmarks.ablation.changes import AblationError, read_rows
from gen.compare.runs import digest
from gen.console import main
from gen.errors import SmeltError
from gen.nets.recipe import find_recipe
from tests.commands import run


def test_a_row_is_its_base_but_for_what_it_says() -> None:
    rows = {row.name: row for row in read_rows()}
    assert len(rows) > 15
    base, heavy = rows["descent"], rows["descent, a third of the votes count twice"]
    one, other = base.recipe.to_dict(), heavy.recipe.to_dict()
    assert other["head"] == one["head"] | {"heavy": 18}
    assert {key: one[key] for key in one if key != "head"} == {
        key: other[key] for key in other if key != "head"
    }
    bare = rows["descent, images as they are"].recipe
    assert bare.augment is None
    assert bare.descent == base.recipe.descent
    shipped = find_recipe("mnist-lut")
    assert asdict(base.recipe.schedule) == asdict(shipped.schedule)
    assert base.seeded(2).schedule.seed == 2


def test_every_change_is_of_about_as_many_cells() -> None:
    """A table and its count take 7/3 LUT4."""
    for row in read_rows():
        (layer,) = row.recipe.to_dict()["layers"]
        cells = layer["units"] * 7 / 3
        assert abs(cells / (540 * 7 / 3) - 1) < 0.02, row.name


def test_the_table_has_means_spreads_and_differences() -> None:
    rows = read_rows()[:2]
    known = {
        rows[0].name: [{"accuracy": a, "seconds": 60.0} for a in (0.97, 0.974, 0.975)],
        rows[1].name: [{"accuracy": 0.96, "seconds": 40.0}],
    }
    lines = table(rows, known).splitlines()
    assert lines[2].endswith("| 97.30 | 0.26 | 3 |  | 60 |")
    assert lines[3] == "| descent, tables in two levels | 96.00 |  | 1 | -1.30 | 40 |"


def test_a_row_like_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.toml"
    path.write_text('[[rows]]\nname = "b"\nlike = "a"\n')
    with pytest.raises(AblationError, match="'b' is like 'a', no row before it$"):
        read_rows(path)


def result(folder: Path, seed: int = 0, **change: Any) -> Path:
    """A file as if the second row had been trained with this seed."""
    row = read_rows()[1]
    found = {"format": "smelt-ablation-1", "row": row.name, "seed": seed}
    found |= {"digest": digest(row.seeded(seed)), "accuracy": 0.96, "seconds": 40.0}
    path = folder / f"descent-tables-in-two-levels-{seed}.json"
    left = {key: value for key, value in (found | change).items() if value is not None}
    path.write_text(json.dumps(left))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"row": None}, "it has no 'row'"),
        ({"seed": None}, "it has no 'seed'"),
        ({"digest": None}, "it has no 'digest'"),
        ({"accuracy": None}, "it has no 'accuracy'"),
        ({"seconds": None}, "it has no 'seconds'"),
        ({"row": 3}, "row is 3, not a str"),
        ({"digest": 3}, "digest is 3, not a str"),
        ({"accuracy": True}, "accuracy is True, not a number"),
        ({"accuracy": 96.0}, "accuracy is 96.0, no number from 0 to 1"),
        ({"seconds": "40"}, "seconds is '40', not a number"),
        ({"seconds": -1}, "seconds is -1, no number from 0 to"),
        ({"row": "descent"}, "is of 'descent', seed 0, whose file is descent-0.json; remove it"),
    ],
)
def test_a_wrong_result_is_one_line_that_names_its_file(
    tmp_path: Path, change: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = result(tmp_path, **change)
    assert main(parser(), ["--seeds", "--results", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"smelt: error: {path}: {message}")
    assert (said.err.count("\n"), said.out) == (1, "")


def test_a_copy_of_a_result_is_refused(tmp_path: Path) -> None:
    copied = result(tmp_path).read_text()
    assert list(current(read_rows(), tmp_path)) == [read_rows()[1].name]
    (tmp_path / "copy-0.json").write_text(copied)
    with pytest.raises(
        SmeltError, match=r"/copy-0\.json: is of 'descent, tables in two levels', s"
    ):
        current(read_rows(), tmp_path)


def test_results_of_rows_as_they_were_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A digest of another seed is stale too: the seed is part of what was trained."""
    result(tmp_path)
    result(tmp_path, 1, digest=digest(read_rows()[1].seeded(0)))
    result(tmp_path, 4, digest="as it was")
    result(tmp_path, 5).rename(tmp_path / "gone-5.json")
    gone = json.loads((tmp_path / "gone-5.json").read_text()) | {"row": "gone"}
    (tmp_path / "gone-5.json").write_text(json.dumps(gone))
    assert main(parser(), ["--seeds", "--results", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "2 left out, of rows or versions as they were: --seeds 1 4 measures them anew",
        "1 left out, of no row that there is",
    ]
    assert said.out.splitlines()[2:] == [
        "| descent, tables in two levels | 96.00 |  | 1 |  | 40 |",
    ]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--only", "["], 1, "smelt: error: --only '[': no pattern (unterminated character set"),
        (["--seeds", "-1"], 2, "argument --seeds: -1 is less than 0"),
        (["--seeds", str(2**31)], 2, "argument --seeds: 2147483648 is more than 2147483647"),
    ],
)
def test_what_cannot_be_asked_for_is_said_before_anything_is_trained(
    tmp_path: Path, words: list[str], status: int, message: str
) -> None:
    done = run("benchmarks.ablation", "--results", str(tmp_path / "new"), *words)
    assert done.returncode == status
    assert message in done.stderr.splitlines()[-1]
    assert not (tmp_path / "new").exists()
