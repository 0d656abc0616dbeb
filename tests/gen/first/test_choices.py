"""What first recipes decide, by one thing at a time and at its limit; worked out by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gen.data.dataset import DataSet
from gen.data.own.columns import Column, Columns
from gen.first.codes import Codes, Judged, choose_codes, code_bits, judge, picture_thresholds
from gen.first.look import Looked, look_at
from gen.first.sensors import with_sensors
from tests.gen.first.examples import frame

ROWS = 40
RNG = np.random.default_rng(3)
SHUFFLED = RNG.permutation(ROWS)
"""0 to 39 in no order."""


def looked(name: str, values: list[Any]) -> Looked:
    """What is said of a column beside a label and a plain one."""
    table = pd.DataFrame({name: values, "plain": SHUFFLED / 3 % 1, "y": ["a", "b"] * (ROWS // 2)})
    return look_at(table, "y")


def dropped(name: str, values: list[Any]) -> str:
    return dict(looked(name, values).drop).get(name, "")


@pytest.mark.parametrize(("people", "group"), [(3, None), (4, "user"), (20, "user"), (21, None)])
def test_a_group_has_four_values_and_two_rows_each(people: int, group: str | None) -> None:
    assert looked("user", [f"p{at % people}" for at in range(ROWS)]).group == group


def test_a_group_is_known_by_a_word_of_its_name_and_complete() -> None:
    values: list[Any] = [f"p{at % 5}" for at in range(ROWS)]
    for name in ("userId", "the_Patient", "SESSION no"):
        assert looked(name, values).group == name
    for name in ("users", "usable"):
        assert looked(name, values).group is None
    assert looked("user", [*values[:-1], None]).group is None


def test_a_column_that_parts_the_rows_has_two_values() -> None:
    parts = ["train", "Test "] * (ROWS // 2)
    assert looked("part", parts).test == "part"
    assert looked("part", [*parts[:-1], "valid"]).test is None
    assert looked("part", ["train"] * ROWS).test is None


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("n", SHUFFLED + 5, "numbers the rows"),
        ("n", np.where(SHUFFLED == 39, 40, SHUFFLED), ""),
        ("rowNr", np.where(SHUFFLED == 39, 40, SHUFFLED), "a different number in every row"),
        ("id", np.where(SHUFFLED == 39, 40, SHUFFLED) / 4, ""),
        ("time", np.arange(ROWS) ** 2, "counts on from row to row"),
        ("level", np.arange(ROWS) ** 2, ""),
        ("level", np.arange(ROWS)[::-1] * 0.5 + 3, "counts on from row to row"),
        ("level", np.arange(ROWS) // 2, ""),
        ("c", np.full(ROWS, 2), "the same in all rows"),
        ("c", np.full(ROWS, np.nan), "no values"),
    ],
)
def test_numbers_that_count_rows_or_time_are_dropped(
    name: str, values: np.ndarray, said: str
) -> None:
    assert dropped(name, values.tolist()).startswith(said)
    assert bool(dropped(name, values.tolist())) == bool(said)


def test_half_of_a_column_may_be_missing() -> None:
    value = [*[None] * 20, *[1.5, 2.5] * 10]
    assert looked("a", value).missing == (("a", 20),)
    more = looked("a", [None, *value[:20], *value[21:]])
    assert more.drop == (("a", "21 of 40 values are missing"),)
    assert more.missing == ()
    # One value, and none: that is two.
    assert looked("a", [*[7.0] * 30, *[None] * 10]).missing == (("a", 10),)


def test_a_text_column_has_64_categories_at_the_most() -> None:
    for count, said in ((64, ""), (65, "65 different texts")):
        table = pd.DataFrame({"a": [f"t{at % count}" for at in range(130)], "y": [0, 1] * 65})
        assert dict(look_at(table, "y").drop).get("a", "") == said
    assert dropped("a", [f"t{at}" for at in range(ROWS)]) == "a different text in every row"


# Codes -------------------------------------------------------------------------------------


def data(features: np.ndarray, labels: np.ndarray | None = None, **more: Any) -> DataSet:
    rows = np.arange(len(features))
    labels = rows % 2 if labels is None else labels
    return DataSet("d", features.astype(float), labels, ("a", "b"), rows, rows[:0], **more)


@pytest.mark.parametrize(
    ("side", "bits"), [(10, 4), (11, 3), (16, 3), (17, 2)], ids=["10", "11", "16", "17"]
)
def test_bits_of_a_pixel_by_how_many_there_are(side: int, bits: int) -> None:
    pixels = np.zeros((20, side * side))
    pixels[:, ::2] = 255
    codes = choose_codes(data(pixels, image=(side, side)), 1, ())
    assert codes.table["bits"] == bits
    # Evenly between 0 and 255, told to four digits.
    wanted = [255 * (at + 1) / (bits + 1) for at in range(bits)]
    assert codes.table["thresholds"] == pytest.approx(wanted, rel=1e-3)
    assert codes.input_bits == side * side * bits


def test_a_fiftieth_of_the_pixels_is_left_aside() -> None:
    values = np.arange(101.0)
    assert picture_thresholds(values, 3) == [26, 50, 74]
    assert picture_thresholds(np.full(9, 4.0), 1) == [4]


def test_where_quantiles_would_coincide_thresholds_are_even() -> None:
    values = RNG.random((200, 4))
    assert "thresholds" not in choose_codes(data(values), 1, ()).table
    values[:, 0] *= RNG.random(200) < 0.1
    found = choose_codes(data(values), 1, ()).table["thresholds"]
    assert np.diff(found) == pytest.approx(np.diff(found).mean(), rel=0.01)


TELLS, SILENT = Judged("t", (), 0.9, True), Judged("s", (), 0.5, False)


def of_table(judged: list[Judged], fewer: int = 0) -> Codes:
    columns = Columns(tuple(Column(one.name) for one in judged), "y")
    return choose_codes(data(np.zeros((4, len(judged))), columns=columns), 1, judged, fewer)


def test_trees_for_all_where_half_of_the_columns_tell_classes() -> None:
    codes = of_table([TELLS, SILENT])
    assert codes.table == {"kind": "thermometer", "bits": 6, "fit": "tree"}
    assert [(name, said) for name, said, _ in codes.columns] == [
        ("s", {"kind": "thermometer", "bits": 4})
    ]
    codes = of_table([TELLS, SILENT, SILENT])
    assert codes.table == {"kind": "thermometer", "bits": 6}
    assert [(name, said) for name, said, _ in codes.columns] == [
        ("t", {"kind": "thermometer", "bits": 6, "fit": "tree"})
    ]
    assert "right in 90%" in codes.columns[0][2]


def test_a_bit_between_each_two_of_few_values_where_there_are_bits_for_it() -> None:
    few = Judged("f", (0.0, 1.0, 3.0, 4.0, 8.0, 9.0), 0.5, False)
    said = [0.5, 2.0, 3.5, 6.0, 8.5]
    for fewer, bits in ((0, 6), (1, 5)):
        codes = of_table([few, SILENT, SILENT], fewer)
        assert codes.table["bits"] == bits
        ((_, table, _),) = codes.columns
        assert table == {"kind": "thermometer", "bits": 5, "thresholds": said}
    assert of_table([few, SILENT, SILENT], 2).columns == ()


def test_a_column_tells_where_it_is_right_oftener_than_the_largest_class_is_large() -> None:
    """Nine of ten rows are of one class: a tree that learns nothing is right in nine of ten."""
    labels = (np.arange(400) % 10 == 0).astype(np.int64)
    values = np.stack([RNG.random(400), RNG.random(400) + 2 * labels, np.arange(400) % 3], axis=1)
    names = Column("noise"), Column("hand", ("l", "r")), Column("tells"), Column("few")
    whole = np.concatenate([values[:, :1], RNG.integers(0, 2, (400, 2)), values[:, 1:]], axis=1)
    found = judge(data(whole, labels, columns=Columns(names, "y")))
    assert [(one.name, one.tells) for one in found] == [
        ("noise", False), ("tells", True), ("few", False),
    ]  # fmt: skip
    assert [one.values for one in found] == [(), (), (0, 1, 2)]
    assert found[1].right == 1


def test_bits_of_a_row_are_those_that_tell_rows_apart() -> None:
    columns = Columns((Column("a"), Column("b"), Column("hand", ("l", "r"))), "y")
    values = np.array([[at % 2, at % 4, at % 2, 1 - at % 2] for at in range(80)])
    table = data(values, columns=columns)
    codes = choose_codes(table, 1, judge(table))
    # One bit of two values, three of four, two categories.
    assert code_bits(table, codes) == 1 + 3 + 2
    assert code_bits(data(values), codes) is None


def test_sensors_of_all_columns_are_counted_and_categories_with_them() -> None:
    table = frame()
    names = ("heart rate", "pace", "on", "room")
    columns = Columns((*map(Column, names[:2]), Column("hand", ("left", "right")),
                       *map(Column, names[2:])), "gait")  # fmt: skip
    hand = np.stack([table["hand"] == one for one in ("left", "right")], axis=1)
    values = np.concatenate([table[list(names[:2])], hand, table[list(names[2:])]], axis=1)
    whole = data(values, columns=columns)
    codes = with_sensors(choose_codes(whole, 1, judge(whole)), whole, 1)
    assert codes.sensor_bits == 7 + 13 + 2 + 1 + 2


def test_what_most_sensors_give_is_said_once_and_another_says_all_that_it_is() -> None:
    steps = np.arange(-127, 128) / 100
    values = np.stack([steps, steps[::-1], np.arange(255) % 8], axis=1)
    columns = Columns((Column("a"), Column("b"), Column("w")), "y")
    whole = data(values, columns=columns)
    plain = Codes({"kind": "threshold", "bits": 1}, "so", (), 3)
    codes = with_sensors(plain, whole, 1)
    assert codes.table == plain.table | {
        "where": "chip", "sensor_bits": 8, "signed": True, "scale": 0.01,
    }  # fmt: skip
    ((name, said, _),) = codes.columns
    assert name == "w"
    assert said == {"sensor_bits": 3, "signed": False, "scale": 1.0, "offset": 0.0}
    assert codes.sensor_bits == 8 + 8 + 3
