"""Published tables on files made here, in the format of the true ones."""

import hashlib
import lzma
from pathlib import Path

import numpy as np
import pytest

from gen.data.errors import DataError
from gen.data.published.intrusion import COLUMNS, NAMES, read_connections
from gen.data.published.uci import LETTER, MAGIC, read_table
from gen.data.sets import is_table, load_set, set_digest, set_here

CONNECTION = {"protocol_type": "udp", "service": "private", "flag": "SF"}


def letters(rows: int) -> str:
    draw = np.random.default_rng(0)
    values = draw.integers(0, 16, (rows, 16)).tolist()
    return "".join(f"{'QAZ'[at % 3]},{','.join(map(str, row))}\n" for at, row in enumerate(values))


def showers(rows: int) -> str:
    draw = np.random.default_rng(1)
    values = draw.normal(0, 40, (rows, 10)).round(4).tolist()
    return "".join(
        f"{','.join(map(str, row))},{'gh'[at % 3 > 1]}\n" for at, row in enumerate(values)
    )


def connection(label: str, **said: object) -> str:
    values = dict.fromkeys(NAMES, 0) | CONNECTION | said
    return ",".join(map(str, [*values.values(), label, 21])) + "\n"


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty SMELT_DATA folder."""
    monkeypatch.setenv("SMELT_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_letters_are_trained_on_in_the_files_order(put: Path) -> None:
    write(put / "uci/letter/letter-recognition.data", letters(20) + "\n")
    data = load_set("letter")
    assert (data.features.shape, len(data.classes)) == ((20, 16), 26)
    assert [data.classes[label] for label in data.labels[:4]] == ["Q", "A", "Z", "Q"]
    assert (data.train.tolist(), data.test.tolist()) == (list(range(16)), list(range(16, 20)))
    first = letters(1).strip().split(",")[1:]
    assert data.features[0].tolist() == [float(one) for one in first]
    assert data.columns is not None
    assert data.columns.features[:3] == ("x-box", "y-box", "width")
    assert is_table("letter")


def test_showers_are_parted_alike_each_time(put: Path) -> None:
    write(put / "uci/magic/magic04.data", showers(120))
    data = load_set("magic")
    assert (data.features.shape, data.classes) == ((120, 10), ("g", "h"))
    assert sorted([*data.train, *data.test]) == list(range(120))
    assert data.labels[data.test].tolist().count(1) == 10  # a third of a quarter
    assert np.array_equal(data.test, load_set("magic").test)
    assert data.columns == MAGIC.columns


def test_connections_are_normal_or_attacks(put: Path) -> None:
    rows = [connection("normal", duration=7), connection("neptune", flag="S0", serror_rate=0.25)]
    write(put / "nsl-kdd/KDDTrain+_20Percent.txt.xz", lzma.compress("".join(rows * 4).encode()))
    write(put / "nsl-kdd/KDDTest+.txt.xz", connection("mscan", service="tftp_u") * 8)  # plain
    data = load_set("nsl-kdd")
    assert (data.features.shape, data.classes) == ((16, 121), ("normal", "attack"))
    assert data.labels.tolist() == [0, 1] * 4 + [1] * 8
    assert (data.train.tolist(), data.test.tolist()) == (list(range(8)), list(range(8, 16)))
    set_of = [
        {name for name, one in zip(COLUMNS.features, row, strict=True) if one}
        for row in data.features
    ]
    assert set_of[0] == {"duration", "protocol_type=udp", "service=private", "flag=SF"}
    assert set_of[1] == {"serror_rate", "protocol_type=udp", "service=private", "flag=S0"}
    assert set_of[8] == {"protocol_type=udp", "service=tftp_u", "flag=SF"}
    assert set_here("nsl-kdd")


def test_connections_have_the_41_published_columns() -> None:
    assert len(NAMES) == len(set(NAMES)) == 41
    texts = {column.name: len(column.categories) for column in COLUMNS.columns if column.categories}
    assert texts == {"protocol_type": 3, "service": 70, "flag": 11}


def test_a_set_that_is_handed_out_otherwise_says_so(put: Path) -> None:
    assert len(set_digest("nsl-kdd")) == 64
    with pytest.raises(DataError) as caught:
        read_connections()
    assert str(caught.value) == (
        "KDDTrain+_20Percent.txt.xz: not in $SMELT_DATA/nsl-kdd nor"
        f" {put / 'cache' / 'smelt' / 'nsl-kdd'}, and it is not for download; put"
        " KDDTrain+_20Percent.txt.xz and KDDTest+.txt.xz, UNB's texts, plain or packed by xz, in a"
        " folder nsl-kdd/ and set SMELT_DATA to its parent"
    )


def test_what_is_in_the_cache_must_be_what_was_published(
    put: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMELT_DATA")
    other = letters(9)
    path = put / "cache/smelt/uci/letter/letter-recognition.data"
    write(path, other)
    with pytest.raises(DataError) as caught:
        load_set("letter")
    assert str(caught.value) == (
        f"{path}: MD5 {hashlib.md5(other.encode()).hexdigest()}, expected {LETTER.source.md5};"
        " delete the file and try again"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (letters(9) + "Q,1,2\n", "row 10 has 3 values, expected 17"),
        (letters(7), "7 rows; 8 are needed"),
        (letters(8) + letters(1).replace("Q", "q"), "row 9: class 'q' is none of A, B, C"),
        (letters(8) + "A" + ",1" * 15 + ",x\n", "column 'yegvx'"),
        (letters(8) + "A" + ",1" * 15 + ",\n", "column 'yegvx', row 9: no value"),
        (letters(8).encode() + b"\xff", "not a text, packed or plain ('ascii' codec"),
        (lzma.compress(b"A,1")[:-3], "not a text, packed or plain"),
    ],
)
def test_letters_wrong(put: Path, content: str | bytes, message: str) -> None:
    write(put / "uci/letter/letter-recognition.data", content)
    with pytest.raises(DataError) as caught:
        read_table(LETTER)
    said = str(caught.value)
    assert said.startswith("letter-recognition.data: ")
    assert message in said
    assert "\n" not in said


def test_a_service_that_nobody_has_named(put: Path) -> None:
    write(put / "nsl-kdd/KDDTrain+_20Percent.txt.xz", connection("normal", service="gemini") * 8)
    write(put / "nsl-kdd/KDDTest+.txt.xz", connection("normal") * 8)
    with pytest.raises(DataError, match=r"column 'service', row 1: 'gemini' is none of IRC, X11"):
        read_connections()
