"""Rows to be classified: of tables, arrays and images, with and without labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen.data.errors import DataError
from gen.data.own.columns import Column, Columns
from gen.data.own.rows import read_rows

META: dict[str, Any] = {
    "columns": Columns((Column("a"), Column("hand", ("left", "right"))), "kind").to_dict()
}
PICTURES: dict[str, Any] = {"image": [2, 3]}


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_table_in_any_order_with_labels_and_without(tmp_path: Path) -> None:
    rows = read_rows(table(tmp_path / "a.csv", "kind,hand,a\nx,right,1\ny,left,2\n"), META)
    assert rows.features.tolist() == [[1, 0, 1], [2, 1, 0]]
    assert rows.labels == ("x", "y")
    assert [rows.right(list(said)) for said in ("xx", "xy", "yx")] == [1, 2, 0]
    rows = read_rows(table(tmp_path / "b.tsv", "a\thand\n1\tleft\n"), META)
    assert (rows.features.tolist(), rows.labels, rows.right(["x"])) == ([[1, 1, 0]], None, None)
    assert read_rows(table(tmp_path / "c.csv", "a,hand,kind\n1,left,\n"), META).labels is None
    part = table(tmp_path / "d.csv", "a,hand,kind\n1,left,x\n1,left,\n")
    assert read_rows(part, META).labels is None
    blanks = read_rows(table(tmp_path / "e.csv", 'a,hand,kind\n1,left,x \n2,right," y"\n'), META)
    assert blanks.labels == ("x", "y")


def test_a_text_that_is_no_category_is_refused_or_of_none(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", "a,hand\n1,left\n2,both\n")
    with pytest.raises(DataError, match=r"a\.csv: .*row 2.*'both'|a\.csv: .*'both'.*row 2"):
        read_rows(path, META)
    assert read_rows(path, META, unseen=True).features.tolist() == [[1, 1, 0], [2, 0, 0]]


def test_a_table_with_any_separator(tmp_path: Path) -> None:
    """Of the network's columns the header tells what stands between them."""
    for name, text in (("a.csv", "a;hand\n1;left\n"), ("b.tsv", "a,hand\n1,left\n"),
                       ("c.csv", "a|hand\n1|left\n"), ("d.csv", "a\thand\n1\tleft\n"),
                       ("e.csv", 'a, hand\n1, "left"\n')):  # fmt: skip
        assert read_rows(table(tmp_path / name, text), META).features.tolist() == [[1, 1, 0]]
    one = {"columns": Columns((Column("a;b"),), "kind").to_dict()}
    rows = read_rows(table(tmp_path / "f.csv", "a;b,kind\n1,x\n"), one)
    assert (rows.features.tolist(), rows.labels) == ([[1]], ("x",))


def test_texts_that_look_like_numbers_are_texts(tmp_path: Path) -> None:
    """What a column is was learned in training; these rows alone look otherwise."""
    columns = Columns((Column("size", ("01", "1", "true", "x")),), "kind").to_dict()
    meta = {"columns": columns, "classes": ["01", "True", "7", "no"]}
    rows = read_rows(table(tmp_path / "a.csv", "size,kind\n01,01\n1,01\n"), meta)
    assert (rows.features.tolist(), rows.labels) == ([[1, 0, 0, 0], [0, 1, 0, 0]], ("01", "01"))
    rows = read_rows(table(tmp_path / "b.csv", "size,kind\ntrue,true\ntrue,TRUE\n"), meta)
    assert (rows.features.tolist(), rows.labels) == ([[0, 0, 1, 0]] * 2, ("True", "True"))
    rows = read_rows(table(tmp_path / "c.csv", "size,kind\nx,007\n"), meta)
    assert rows.labels == ("7",)


def test_arrays_with_columns_in_another_order(tmp_path: Path) -> None:
    meta = {"columns": Columns((Column("a"), Column("b")), "y").to_dict()}
    np.savez(tmp_path / "a.npz", x=[[1, 2], [3, 4]], columns=["b", "a"])
    assert read_rows(tmp_path / "a.npz", meta).features.tolist() == [[2, 1], [4, 3]]
    np.savez(tmp_path / "b.npz", x=[[1, 2], [3, 4]], columns=["b", "c"])
    with pytest.raises(DataError, match=r"b\.npz: no column 'a'"):
        read_rows(tmp_path / "b.npz", meta)
    np.savez(tmp_path / "c.npz", x=[[1, 2, 3]], columns=["b", "a", "c"])
    with pytest.raises(DataError, match=r"c\.npz: column 'c' is none of the network's"):
        read_rows(tmp_path / "c.npz", meta)


def test_an_empty_file_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv: is empty"):
        read_rows(table(tmp_path / "a.csv", ""), META)


def test_arrays_with_labels_and_without(tmp_path: Path) -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.savez(tmp_path / "a.npz", x=x, y=[3, 4])
    rows = read_rows(tmp_path / "a.npz", {})
    assert (rows.features.tolist(), rows.labels) == (x.tolist(), ("3", "4"))
    (tmp_path / "a.npz").rename(tmp_path / "A.NPZ")
    assert read_rows(tmp_path / "A.NPZ", {}).features.tolist() == x.tolist()
    np.savez(tmp_path / "b.npz", x=x.reshape(2, 1, 3))
    assert read_rows(tmp_path / "b.npz", {}).labels is None
    np.savez(tmp_path / "c.npz", z=x)
    with pytest.raises(DataError, match=r"c\.npz: no array 'x'; it has z"):
        read_rows(tmp_path / "c.npz", {})


def test_images_one_many_and_by_class(tmp_path: Path) -> None:
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    for at, name in enumerate(("up", "down")):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels + at).save(tmp_path / name / "one.png")
    by_class = read_rows(tmp_path, PICTURES)
    assert by_class.labels == ("down", "up")
    assert by_class.features.tolist() == [(pixels + 1).ravel().tolist(), pixels.ravel().tolist()]
    flat = read_rows(tmp_path / "up", PICTURES)
    assert (flat.features.tolist(), flat.labels) == ([pixels.ravel().tolist()], None)
    (tmp_path / "up" / "one.png").rename(tmp_path / "ONE.PNG")
    Image.fromarray(pixels).save(tmp_path / "one.bmp")
    for name in ("ONE.PNG", "one.bmp"):
        assert read_rows(tmp_path / name, PICTURES).features.tolist() == flat.features.tolist()
    with pytest.raises(DataError, match="was not trained on a folder of images"):
        read_rows(tmp_path / "up", META)


def test_features_in_order_without_a_header(tmp_path: Path) -> None:
    assert read_rows(table(tmp_path / "a.csv", "1,2\n3,4\n"), META).features.shape == (2, 2)
    with pytest.raises(DataError, match="has a header, and the network knows no columns"):
        read_rows(table(tmp_path / "b.csv", "a,b\n3,4\n"), {})
