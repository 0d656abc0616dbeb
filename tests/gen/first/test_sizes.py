"""Sizes, schedules, separators and texts of first recipes, each at its limit and by hand."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gen.first.cells import link_cells, whole_cells
from gen.first.pictures import choose_picture_size, picture_sizes
from gen.first.separator import separator_of
from gen.first.size import choose_size, schedule_for
from gen.first.text import write_text
from tests.commands import run
from tests.gen.first.examples import frame, write_images
from tests.gen.first.test_recipe import made

RNG = np.random.default_rng(3)


def test_height_stands_before_width(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Image.new("L", (20, 10)).save(tmp_path / "a" / "one.png")
    assert picture_sizes(tmp_path) == [(10, 20)]


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((100, 50), (24, 12)),  # 0.12 * 5,280 / 2 are 316 pixels: 28 x 14 are 392
        ((50, 100), (12, 24)),
        ((4, 79), (4, 79)),  # 316
        ((1, 317), (1, 28)),
        ((17, 17), (17, 17)),
        ((18, 18), (16, 16)),
    ],
)
def test_pictures_keep_their_shape(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert choose_picture_size([size] * 3, 5280)[0] == wanted


def test_a_size_is_the_largest_of_which_the_board_has_room_link_included() -> None:
    wanted = choose_size(4, 60, 1 << 20)
    assert wanted is not None
    # 85 % of a board that is just large enough, and of one that is a cell too small.
    exact = next(one for one in range(1 << 14) if 0.85 * one >= wanted.whole)
    assert choose_size(4, 60, exact) == wanted
    less = choose_size(4, 60, exact - 2)
    assert less is not None
    assert less.layers[0]["units"] < wanted.layers[0]["units"]
    assert less.whole <= 0.85 * (exact - 2)
    assert choose_size(4, 60, 300) is None
    # 60 bits are read; four scores up to 18 with a sign are six bits each, a class is two.
    assert (wanted.head["fan_in"], wanted.link) == (18, link_cells(60, 4 * 6 + 2))


def test_cells_are_those_of_the_builds_that_they_are_fitted_to() -> None:
    """Bits read, bits answered, and cells of link and self-test on UP5K, as they were built."""
    for read, answered, cells in (
        (31, 1, 389), (29, 9, 383), (157, 22, 513), (16, 54, 408), (167, 54, 557),
    ):  # fmt: skip
        assert link_cells(read, answered) == pytest.approx(cells, rel=0.05)
    # Of 1,000 LUT4 1.14 to 1.25 times as many cells, registers included.
    assert 1140 <= whole_cells(1000, 400) - 400 <= 1250


@pytest.mark.parametrize(
    ("rows", "batch"),
    [(999, 32), (1000, 64), (9999, 64), (10_000, 128), (40_000, 256), (200_000, 1024)],
)
def test_batches_grow_with_the_rows(rows: int, batch: int) -> None:
    said = schedule_for(rows, False)
    assert said["batch"] == batch
    batches = said["epochs"] * (rows // batch)
    assert 2000 < batches < 8000 or said["epochs"] in (4, 300)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n", None),
        ("\n  \na;b\n1;2\n", ";"),
        ("a;b|c;d\n", ";"),
        ("a\tb|c\td\n", "\t"),
        ("a;b,c\n", None),
        ("a\n", None),
        ("", None),
    ],
)
def test_the_separator_is_what_the_header_has_most_of(
    tmp_path: Path, text: str, found: str | None
) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert separator_of(tmp_path / "a.csv") == found


def test_a_share_for_testing_leaves_out_the_column_that_parts_the_rows(tmp_path: Path) -> None:
    table = frame()
    table["split"] = ["test" if at % 5 == 0 else "train" for at in range(len(table))]
    table.to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait", "--test", "0.5")
    assert recipe.data.test == 0.5
    assert "split" in recipe.data.drop
    assert (
        "# split: says which rows are for testing, where --test says others"
        in (tmp_path / "first.toml").read_text()
    )


def test_what_is_dropped_by_hand_stays_dropped(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "day.csv", index=False)
    recipe = made(tmp_path / "day.csv", "--label", "gait", "--drop", "room")
    assert set(recipe.data.drop) == {"room", "id", "at", "constant"}


def test_a_recipe_in_another_folder_finds_the_file(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    frame(60).to_csv(tmp_path / "in" / "day.csv", index=False)
    target = tmp_path / "out" / "day.toml"
    words = ("gen", "recipe", str(tmp_path / "in" / "day.csv"), "--label", "gait", "--out")
    assert run(*words, str(target)).returncode == 0
    assert 'file = "../in/day.csv"' in target.read_text()


def test_no_comment_ends_before_its_line() -> None:
    tables = {"data": {"file": "a\n.csv"}, "encoding": {"bits": 1, "columns": {"c": {"bits": 2}}}}
    why = {"": ["x\n[data]\nfile = 1"], "file": ["y\rz = 1"]}
    text = write_text(tables, why, [('c "1"', {"bits": 2, "fit": "tree"}, "so\n[head]")])
    assert tomllib.loads(text) == {
        "data": {"file": "a\n.csv"},
        "encoding": {"bits": 1, "columns": {'c "1"': {"bits": 2, "fit": "tree"}}},
    }


def test_three_bits_are_fewer_than_a_table_reads(tmp_path: Path) -> None:
    at = np.arange(80)
    bits = pd.DataFrame({name: at >> k & 1 for k, name in enumerate("abc")})
    bits["y"] = np.where(bits.sum(axis=1) > 1, "most", "few")
    bits.to_csv(tmp_path / "three.csv", index=False)
    (layer,) = made(tmp_path / "three.csv", "--label", "y").layers
    assert (layer.kind, layer.fan_in) == ("linear", 3)


def test_pixels_that_the_chip_compares_are_fewer(tmp_path: Path) -> None:
    """A third of 5,280 cells for them: 105 pixels."""
    recipe = made(write_images(tmp_path, side=28, each=4), "--where", "chip")
    assert recipe.data.size == (10, 10)


def test_columns_have_fewer_bits_where_all_that_are_usual_do_not_fit(tmp_path: Path) -> None:
    """Of 17 classes and 60 columns an iCEstick has room for two bits of each."""
    names = [f"c{at}" for at in range(60)]
    table = pd.DataFrame(RNG.normal(0, 1, (340, 60)), columns=names)
    table["y"] = [f"k{at % 17}" for at in range(340)]
    table.to_csv(tmp_path / "wide.csv", index=False)
    recipe = made(tmp_path / "wide.csv", "--label", "y", "--board", "icestick")
    assert [bool(choose_size(17, 60 * bits, 1280)) for bits in (6, 3, 2)] == [False, False, True]
    assert recipe.encoding.bits == 2
