"""The table of what steps read and write, against what they do on a small network."""

import json
from pathlib import Path

import pytest

from gen.__main__ import parser
from gen.commands.steps import STEPS
from gen.console import main
from gen.encoder_files import write_encoder
from tests.gen.test_encoder_files import HOST, core_of, net_of


def smelt(*words: object) -> int:
    return main(parser(), [str(word) for word in words])


def test_steps_record_all_that_they_write_and_refuse_what_was_changed(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path
    steps = (
        ("import", network, "--out", out / "net.npz"),
        ("vectors", "--net", out / "net.npz", "--random", 50),
        ("melt", "--net", out / "net.npz", "--out", out / "melted.aig"),
        ("simplify", "--melted", out / "melted.aig", "--out", out),
        ("map", "--graph", out / "graph.aig", "--out", out / "mapped.json"),
        ("hdl", "--mapped", out / "mapped.json", "--out", out),
        ("share", "--net", out / "net.npz", "--out", out / "shared"),
    )
    for words in steps:
        assert smelt(*words) == 0, words
        assert words[0] in STEPS
    records = [json.loads(path.read_text()) for path in out.rglob(".made/*")]
    assert {record["step"] for record in records} == {str(words[0]) for words in steps}
    wrote = {name for record in records for name in record["writes"]}
    there = {path.name for path in out.rglob("*") if path.is_file() and ".made" not in path.parts}
    assert wrote == {name for name in there if not name.endswith(".times")}
    # Each step reads what the one before wrote, and begins with no other.
    for words in steps[1:]:
        read = out / str(words[2]).removeprefix(str(out)).strip("/")
        before = read.read_bytes()
        read.write_bytes(before + b"\n")
        capsys.readouterr()
        assert smelt(*words) == 1
        assert f"{read}: was changed since" in capsys.readouterr().err
        read.write_bytes(before)


@pytest.mark.parametrize("words", [("hdl", "--mapped", "a.json"), ("share", "--net", "net.npz")])
def test_the_encoder_for_hosts_is_of_the_files_of_the_core(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    args = parser().parse_args([*words, "--out", str(tmp_path)])
    wrote = write_encoder(net_of(HOST), core_of(HOST), tmp_path)
    assert set(wrote) <= set(STEPS[words[0]](args).more)
    assert any(path is not None and path.name == "net.npz" for path in STEPS[words[0]](args).reads)
