"""Data of one's own: what is read is what was written, and what is not clear is refused."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gen.data.dataset import DataSet
from gen.data.errors import DataError
from gen.data.own import Own, load_own
from gen.data.own.digest import own_digest
from gen.data.own.pictures import read_some_pictures
from gen.data.snapshot import read_snapshot, write_snapshot
from gen.errors import SmeltError
from gen.first.pictures import picture_sizes

ROWS = 40


def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    kinds = np.arange(ROWS) % 2
    return pd.DataFrame({
        "heart rate": 60.0 + 20 * kinds + rng.integers(0, 10, ROWS),
        "hand": np.where(rng.random(ROWS) < 0.5, "left", "right"),
        "steps": rng.integers(0, 1000, ROWS),
        "constant": 7,
        "person": [f"p{at % 8}" for at in range(ROWS)],
        "state": np.where(kinds, "run", "rest"),
    })  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    table().to_csv(tmp_path / "day.csv", index=False)
    return tmp_path / "day.csv"


def own(path: Path, **more: Any) -> Own:
    return replace(Own(path, "state", drop=("person",)), **more)


def check(data: DataSet) -> None:
    """All that the table says, by pandas."""
    frame = table()
    assert data.classes == ("rest", "run")
    assert [data.classes[label] for label in data.labels] == frame["state"].tolist()
    assert data.columns is not None
    assert data.columns.features == ("heart rate", "hand=left", "hand=right", "steps")
    wanted = np.stack([frame["heart rate"], frame["hand"] == "left", frame["hand"] == "right",
                       frame["steps"]], axis=1)  # fmt: skip
    assert np.array_equal(data.features, wanted.astype(float))
    assert sorted([*data.train, *data.test]) == list(range(ROWS))
    # Of each class alike.
    assert np.bincount(data.labels[data.test]).tolist() == [5, 5]


def test_a_table_is_read_with_its_columns_and_a_stratified_split(path: Path) -> None:
    check(load_own(own(path)))


@pytest.mark.parametrize("ending", ["tsv", "parquet", "pq"])
def test_other_tables_are_the_same(path: Path, ending: str) -> None:
    other = path.with_suffix(f".{ending}")
    if ending == "tsv":
        table().to_csv(other, index=False, sep="\t")
    else:
        pytest.importorskip("pyarrow")
        table().to_parquet(other)
    check(load_own(own(other)))


def test_the_split_is_the_seeds_and_nothing_elses(path: Path) -> None:
    first = load_own(own(path))
    assert np.array_equal(load_own(own(path, drop=("person", "hand"))).test, first.test)
    assert not np.array_equal(load_own(own(path, seed=1)).test, first.test)
    assert len(load_own(own(path, test=0.5)).test) == 20


def test_no_group_is_in_both_parts(path: Path) -> None:
    data, people = load_own(own(path, group="person", drop=())), table()["person"]
    assert data.columns is not None
    assert "person" not in data.columns.features
    assert not {*people[data.train]} & {*people[data.test]}
    assert 4 <= len(data.test) <= 16
    assert data.groups is not None
    pairs = {*zip(data.groups.tolist(), people, strict=True)}
    assert len(pairs) == len({*people}) == 8


def test_rows_of_a_second_file_are_of_no_group(path: Path) -> None:
    table().iloc[:6].to_csv(path.with_name("later.csv"), index=False)
    data = load_own(own(path, group="person", drop=(), test="later.csv"))
    assert data.groups is not None
    assert data.groups.tolist() == [*(at % 8 for at in range(ROWS)), *[-1] * 6]


@pytest.mark.parametrize("label", ["state", 5, -1])
def test_a_label_by_name_and_by_number(path: Path, label: str | int) -> None:
    check(load_own(own(path, label=label)))


@pytest.mark.parametrize("words", [("train", "test"), (0, 1), (False, True), ("no", "yes")])
def test_a_column_says_what_is_held_out(path: Path, words: tuple[Any, Any]) -> None:
    frame = table()
    frame["part"] = [words[at % 4 == 0] for at in range(ROWS)]
    frame.to_csv(path, index=False)
    data = load_own(own(path, test="part"))
    assert data.test.tolist() == list(range(0, ROWS, 4))
    assert data.columns is not None
    assert "part" not in data.columns.features


def test_a_second_file_is_the_test_part(path: Path) -> None:
    second = table().iloc[:7][["state", "steps", "hand", "heart rate", "constant"]]
    second.to_csv(path.with_name("later.csv"), index=False)
    data = load_own(own(path, test="later.csv"))
    assert data.test.tolist() == list(range(ROWS, ROWS + 7))
    assert np.array_equal(data.features[ROWS:], data.features[:7])
    assert np.array_equal(data.labels[ROWS:], data.labels[:7])


@pytest.mark.parametrize(
    ("fill", "wanted"), [("median", 5.0), ("mean", 6.0), ("most frequent", 3.0), (-2.5, -2.5)]
)
def test_missing_values_are_filled_as_the_recipe_says(
    tmp_path: Path, fill: str | float, wanted: float
) -> None:
    path = tmp_path / "gaps.csv"
    # Odd rows are the training part.
    rows = [3, 3, 7, 12, 5, None, 100]
    text = "v,t,kind,part\n" + "".join(
        f"{'' if v is None else v},{'ab'[v is None]},{'xy'[at % 2]},{int(v in (None, 100))}\n"
        for at, v in enumerate(rows)
    )
    path.write_text(text)
    data = load_own(Own(path, "kind", "part", fill=fill))
    assert data.features[:, 0].tolist() == [3, 3, 7, 12, 5, wanted, 100]


def test_arrays(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 3, 4)), np.arange(30) % 3 + 5
    np.savez(tmp_path / "a.npz", x=x, y=y)
    data = load_own(Own(tmp_path / "a.npz"))
    assert (data.classes, data.image) == (("5", "6", "7"), (3, 4))
    assert np.array_equal(data.features, x.reshape(30, 12))
    names = np.array(["a", "b"])
    np.savez(tmp_path / "b.npz", x=x[:20, 0, :2], y=y[:20].astype(str), x_test=x[20:, 0, :2],
             y_test=y[20:].astype(str), columns=names)  # fmt: skip
    data = load_own(Own(tmp_path / "b.npz"))
    assert data.test.tolist() == list(range(20, 30))
    assert data.columns is not None
    assert data.columns.features == ("a", "b")


def pictures(folder: Path, sizes: dict[str, tuple[int, int]]) -> None:
    for name, (high, wide) in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        level = 200 if path.parent.name == "light" else 20
        Image.fromarray(np.full((high, wide, 3), level, np.uint8)).save(path)


def test_a_folder_of_images(tmp_path: Path) -> None:
    pictures(tmp_path / "p", {f"{kind}/{at}.png": (6, 5) for kind in ("dark", "light")
                              for at in range(4)})  # fmt: skip
    data = load_own(Own(tmp_path / "p"))
    assert (data.classes, data.image, data.name) == (("dark", "light"), (6, 5), "p")
    assert data.features.shape == (8, 30)
    assert set(data.features[:4].ravel()) == {20.0}
    assert load_own(Own(tmp_path / "p", size=(2, 3))).features.shape == (8, 6)
    # What systems and notebooks leave behind is neither a class nor an image.
    pictures(tmp_path / "p", {f".ipynb_checkpoints/{at}.png": (6, 5) for at in range(2)})
    for name in (".DS_Store", "light/._0.png", "light/notes.txt"):
        (tmp_path / "p" / name).write_bytes(b"x")
    assert load_own(Own(tmp_path / "p")).features.shape == (8, 30)
    assert len(read_some_pictures(tmp_path / "p" / "light", (6, 5))[0]) == 4
    assert picture_sizes(tmp_path / "p") == [(6, 5)] * 8
    pictures(tmp_path / "p", {"light/x.png": (7, 5)})
    with pytest.raises(DataError, match=r"x\.png: 7 x 5 pixels, and .*0\.png has 6 x 5; say size"):
        load_own(Own(tmp_path / "p"))
    (tmp_path / "p" / "light" / "y.png").write_bytes(b"\x89PNG no picture")
    with pytest.raises(DataError, match=r"y\.png: not a whole image"):
        load_own(Own(tmp_path / "p", size=(2, 3)))


def test_images_of_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    greys = np.arange(6, dtype=np.uint16).reshape(2, 3) * 40
    for name in ("up", "down"):
        (tmp_path / name).mkdir()
        for at in range(2):
            Image.fromarray(greys * 257).save(tmp_path / name / f"{at}.png")
    assert load_own(Own(tmp_path, test=0.5)).features[0].tolist() == greys.ravel().tolist()
    Image.fromarray(greys.astype(np.float32)).save(tmp_path / "up" / "2.tiff")
    with pytest.raises(DataError, match=r"2\.tiff: not a whole image \(pixels of 32 bits, mode F"):
        load_own(Own(tmp_path, test=0.5))


def test_a_second_file_is_read_as_the_first(tmp_path: Path) -> None:
    """Texts that look like numbers in one of them are texts in both."""
    more = "".join(
        f"{at},{'true' if at % 2 else 'x'},{'01' if at % 3 else 'y'}\n" for at in range(12)
    )
    (tmp_path / "a.csv").write_text("a,size,kind\n" + more)
    (tmp_path / "b.csv").write_text("a,size,kind\n1,true,01\n")
    data = load_own(Own(tmp_path / "a.csv", "kind", test="b.csv"))
    assert data.classes == ("01", "y")
    assert (data.features[-1].tolist(), data.labels[-1]) == ([1, 1, 0], 0)
    (tmp_path / "c.csv").write_text("a,size,kind\n1,true,z\n")
    (tmp_path / "a.csv").write_text("a,size,kind\n1,x,0\n2,true,1\n")
    with pytest.raises(DataError, match="labels are numbers and texts: 0 and 'z'"):
        load_own(Own(tmp_path / "a.csv", "kind", test="c.csv"))


LATE = "".join(f"{at},{at},{at % 2}\n" for at in range(1500))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"y,a,b\n{LATE}1,2\n{LATE}", "row 1501 has 2 values, the header 3"),
        ("a,a=x,y\nx,1,0\nz,2,0\nx,3,1\nz,4,1\n", "two features would be called 'a=x'"),
        ('a,y\n1,"p\nq"\n2,"p\nq"\n3,r\n4,r\n', r"a class is called 'p\\nq', which cannot"),
        ('a,y\n1," "\n2," "\n3,r\n4,r\n', "a class is called '', which cannot"),
        ('a,y\n"p\nq",0\n1 m,0\nx,1\nz,1\n', r"'a=p\\nq' cannot be printed"),
    ],
)
def test_what_would_be_read_otherwise_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        load_own(Own(tmp_path / "a.csv", "y", test=0.5, fill=0.0))


def test_a_column_of_the_parts_with_a_gap_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,t,y\n1,0,0\n2,1,0\n3,,1\n4,1,1\n")
    with pytest.raises(DataError, match="column 't', row 3: no value"):
        load_own(Own(tmp_path / "a.csv", "y", test="t"))


def test_a_parquet_file_of_pandas_own_kinds(tmp_path: Path) -> None:
    path, frame = tmp_path / "a.parquet", table()
    frame["heart rate"] = [Decimal(str(one)) for one in frame["heart rate"]]
    frame = frame.set_index(pd.Index([f"r{at}" for at in range(ROWS)]))
    frame.to_parquet(path)
    check(load_own(own(path)))
    frame.set_index("hand").to_parquet(path)
    data = load_own(own(path))
    assert data.columns is not None
    assert data.columns.features == ("hand=left", "hand=right", "heart rate", "steps")
    frame.assign(hand=["left", 3.5] + ["right"] * (ROWS - 2)).astype({"hand": str}).to_parquet(path)
    with pytest.raises(DataError, match="'3.5' in row 2 is a number"):
        load_own(own(path))
    frame.assign(hand=[[1, 2]] * ROWS).to_parquet(path)
    with pytest.raises(DataError, match="column 'hand' holds a ndarray in each row"):
        load_own(own(path))


def test_a_snapshot_is_the_same_set(path: Path, tmp_path: Path) -> None:
    data = load_own(own(path))
    for name in ("one", "two"):
        write_snapshot(data, tmp_path / name / "data.npz")
    files = [tmp_path / name / "data.npz" for name in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()
    again = read_snapshot(files[0], "day.csv")
    check(again)
    assert np.array_equal(again.test, data.test)
    with pytest.raises(DataError, match=r"holds 'day\.csv', and the network is of 'night\.csv'"):
        read_snapshot(files[0], "night.csv")
    with pytest.raises(DataError, match="run `make train`"):
        read_snapshot(tmp_path / "data.npz", "day.csv")
    files[0].write_bytes(files[0].read_bytes()[:-100])
    with pytest.raises(SmeltError, match="not a whole .npz file"):
        read_snapshot(files[0], "day.csv")


def test_a_digest_is_of_all_files(path: Path, tmp_path: Path) -> None:
    pictures(tmp_path / "p", {"a/1.png": (2, 2), "b/1.png": (2, 2)})
    seen = [own_digest(own(path)), own_digest(Own(tmp_path / "p"))]
    (tmp_path / "later.csv").write_text("x\n")
    seen.append(own_digest(own(path, test="later.csv")))
    (tmp_path / "later.csv").write_text("y\n")
    seen.append(own_digest(own(path, test="later.csv")))
    pictures(tmp_path / "p", {"b/1.png": (2, 3)})
    seen.append(own_digest(Own(tmp_path / "p")))
    (tmp_path / "p" / "b" / "1.png").rename(tmp_path / "p" / "b" / "2.png")
    seen.append(own_digest(Own(tmp_path / "p")))
    assert len({*seen}) == len(seen)


# What is not clear -----------------------------------------------------------------------------

GOOD = "a,b,c\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n"
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no label": (GOOD, {"label": None}, "say which column is the label"),
    "another label": (GOOD, {"label": "cc"}, "label: no column 'cc'; did you mean 'c'?"),
    "a label's number": (GOOD, {"label": 3}, "label 3: there are 3 columns, from 0"),
    "one class": ("a,c\n1,x\n2,x\n", {}, "all rows are of one class, 'x'"),
    "a small class": (GOOD + "1,1,z\n", {}, "class 'z' has 1 of the rows; 2 at the least"),
    "a label with a fraction": ("a,c\n1,0.5\n2,1\n", {}, "0.5 in row 1"),
    "labels with a point": ("a,c\n1,0.0\n2,1.0\n", {}, "holds numbers with a point (0.0 in row 1)"),
    "a whole number of 90 bits": (
        f"a,c\n1,x\n{10**27},y\n",
        {},
        "'1000000000000000000000000000' in row 2 is too large a number",
    ),
    "no label in a row": ("a,c\n1,x\n2,\n", {}, "row 2 has no label"),
    "mixed types": ("a,c\n1,x\nq,y\n3,x\n4,y\n", {}, "'a' has numbers and texts: 'q' in row 2"),
    "missing": ("a,c\n1,x\n,y\n" + 4 * "3,x\n4,y\n", {}, "column 'a', row 2: no value; say fill"),
    "nan": ("a,c\n1,x\nnan,y\n3,x\n4,y\n", {}, "'nan' in row 2"),
    "inf": ("a,c\n1,x\n2,y\ninf,x\n4,y\n", {}, "column 'a', row 3: infinite"),
    "a number too large": ("a,c\n1,x\n2,y\n3e300,x\n4,y\n", {}, "row 3: infinite, or too"),
    "commas for points": ('a,c\n"1,5",x\n"2,25",y\n"-3,5",x\n', {}, "such as '1,5'; a number has"),
    "commas in thousands": ('a,c\n"1,500",x\n"2,250.5",y\n', {}, "'1,500'; a number has"),
    "numbers as texts": ("a,c\n1_000,x\n2,y\n3,x\n4,y\n", {}, "row 1 is a number as a text"),
    "whole numbers too large": (f"a,c\n{1 << 70},x\n2,y\n", {}, "in row 1 is too large a number"),
    "too long a row": ("a,c\n1,x\n2,y,3\n", {}, "row 2 has 3 values, the header 2"),
    "too short a row": ("a,b,c\n1,2,x\n2\n", {}, "row 2 has 1 values, the header 3"),
    "all rows too long": ("a,c\n1,x,\n2,y,\n", {}, "row 1 has 3 values, the header 2"),
    "semicolons": (GOOD.replace(",", ";"), {}, "has ';': say separator = \";\""),
    "tabs": (GOOD.replace(",", "\t"), {}, 'say separator = "\\t"'),
    "empty": ("", {}, "is empty"),
    "blank lines": ("\n\n", {}, "is empty"),
    "a header alone": ("a,c\n", {}, "a header and no rows"),
    "no header": ("1,2\n3,4\n", {}, "its first line is numbers only"),
    "twice a name": ("a,a,c\n1,2,x\n3,4,y\n", {}, "two columns are called 'a'"),
    "no name": ("a,,c\n1,2,x\n3,4,y\n", {}, "column 1 has no name"),
    "an open quote": ('a,c\n"1,x\n2,y\n', {}, "row 1 has"),
    "constant columns": ("a,c\n" + 4 * "1,x\n1,y\n", {}, "no column is left to learn from"),
    "a column to drop": (GOOD, {"drop": ("q",)}, "drop: no column 'q'"),
    "a group": (GOOD, {"group": "q"}, "group: no column 'q'"),
    "a test part": (GOOD, {"test": "q.csv"}, "test = 'q.csv' is neither a column nor a file"),
    "the same part": (GOOD, {"test": "my.csv"}, "is what is trained on; give another"),
    "a share of two": (GOOD, {"test": 2.0}, "a test part of 2: a share is above 0 and below 1"),
    "a part's words": (GOOD, {"test": "b"}, "column 'b', row 1: '2' says neither test"),
    "a size": (GOOD, {"size": (2, 2)}, "size = (2, 2) means nothing for a table"),
    "many texts": ("a,c\n" + "".join(f"t{at},{'xy'[at % 2]}\n" for at in range(70)), {},
                   "70 different texts"),
    "an identifier": ("a,c\n" + "".join(f"{at},n{at}\n" for at in range(70)), {},
                      "70 classes in 70 rows; is this column the label?"),
    "too few rows": (GOOD, {}, "4 rows of 2 classes cannot be split with a test part of 0.25"),
    "a group of all": ("a,g,c\n1,p,x\n2,p,y\n3,p,x\n4,p,y\n", {"group": "g"}, "cannot be split"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_clear_is_refused_with_its_place_wrong(name: str, tmp_path: Path) -> None:
    text, more, said = WRONG[name]
    path = tmp_path / "my.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        load_own(replace(Own(path, "c"), **more))
    message = str(caught.value)
    assert said in message
    assert message.startswith(str(path))
    assert "\n" not in message


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros((4, 2))}, "no array 'y'"),
        ({"x": np.zeros((4, 2)), "y": np.arange(3)}, "y has shape (3,), expected (4,)"),
        ({"x": np.zeros(4), "y": np.arange(4)}, "x has shape (4,)"),
        ({"x": np.full((4, 2), np.nan), "y": np.arange(4) % 2}, "x, row 1, column 0: nan"),
        ({"x": np.full((4, 2), 1e31), "y": np.arange(4) % 2}, "column 0: 1e+31, too large"),
        ({"x": np.zeros((4, 2)), "y": np.zeros(4)}, "y holds float64; labels are whole numbers"),
        ({"x": np.zeros((4, 2)), "y": np.arange(4) % 2, "z": np.zeros(1)}, "array 'z'"),
        ({"x": np.zeros((4, 2)), "y": np.arange(4) % 2, "x_test": np.zeros((1, 2))}, "'y_test'"),
        ({"x": np.zeros((4, 2)), "y": np.arange(4) % 2, "x_test": np.zeros((1, 3)),
          "y_test": np.zeros(1, int)}, "other features"),
        ({"x": np.array([["a", "b"]] * 4), "y": np.arange(4) % 2}, "expected numbers"),
    ],
)  # fmt: skip
def test_arrays_wrong(arrays: dict[str, Any], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "my.npz", **arrays)
    with pytest.raises(DataError) as caught:
        load_own(Own(tmp_path / "my.npz"))
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "my.npz"))


def test_other_files_wrong(tmp_path: Path) -> None:
    (tmp_path / "my.xlsx").write_bytes(b"PK")
    (tmp_path / "my.csv").write_bytes(b"a,c\n\xff\xfe,x\n")
    (tmp_path / "my.parquet").write_bytes(b"PAR1 not")
    (tmp_path / "empty").mkdir()
    for name, said in (("my.xlsx", "is read"), ("my.csv", "not a text in UTF-8"),
                       ("my.parquet", "arquet"), ("empty", "no images"),
                       ("none.csv", "no such file")):  # fmt: skip
        with pytest.raises(DataError, match=said):
            load_own(Own(tmp_path / name, None if name == "empty" else "c"))


def test_a_table_that_memory_does_not_hold_says_what_it_takes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sysconf", lambda name: 16 if name == "SC_AVPHYS_PAGES" else 10)
    with pytest.raises(DataError, match="GB of memory"):
        load_own(own(path))


def test_another_table_has_the_same_columns_in_any_order(path: Path) -> None:
    data, frame = load_own(own(path)), table()
    assert data.columns is not None
    asked = frame[["hand", "steps", "heart rate"]]
    assert np.array_equal(data.columns.table(asked, "new.csv"), data.features)
    for other, said in (
        (asked.rename(columns={"steps": "step"}), "no column 'steps'; did you mean 'step'?"),
        (asked.assign(more=1), "column 'more' is none of the network's"),
    ):
        with pytest.raises(DataError, match=re.escape(said)):
            data.columns.table(other, "new.csv")
    asked = asked.assign(hand="both")
    with pytest.raises(DataError, match="'hand', row 1: 'both' is none of left, right"):
        data.columns.table(asked, "new.csv")
    assert not data.columns.table(asked, "new.csv", unseen=True)[:, 1:3].any()
