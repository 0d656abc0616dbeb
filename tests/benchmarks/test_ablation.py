"""The rows of the ablation: what each changes, and the table of what was measured."""

from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.ablation.__main__ import table
from benchmarks.ablation.changes import AblationError, read_rows
from gen.nets.recipe import find_recipe


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
