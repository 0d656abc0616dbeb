"""Area against the baselines: the arithmetic, the command, and the real figures of `cancer`."""

import json
from pathlib import Path

import pytest

from boards.__main__ import parser
from boards.report import baselines
from boards.report.baselines import compare, measure_boards, read_baselines
from boards.table.entries import BOARDS
from gen.console import main
from tests.boards.designs import fake_flow, write_core
from tests.conftest import make


def test_growth_within_and_beyond_the_tolerance() -> None:
    agreed = {"a": {"used": 100, "core": 50}, "b": {"used": 200, "core": 20}}
    assert compare({"a": {"used": 103, "core": 40}}, agreed, 0.03) == []
    assert compare(
        {"a": {"used": 104, "core": 50}, "b": {"used": 200, "core": 21}}, agreed, 0.03
    ) == [
        "a: used 104, the baseline is 100",
        "b: core 21, the baseline is 20",
    ]
    assert compare({"c": {"used": 1, "core": 1}}, agreed, 0.03)[0] == "c: used 1 has no baseline"


def test_every_board_has_a_baseline() -> None:
    tolerance, recipes = read_baselines()
    assert tolerance == 0.03
    assert set(recipes["cancer"]) == set(BOARDS)
    assert "icebreaker" in recipes["digits"]
    for board, figures in recipes["cancer"].items():
        assert 0 < figures["core"] < figures["used"] < BOARDS[board].capacity


def test_command_updates_and_then_refuses_growth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "baselines.json"
    path.write_text('{"format": "smelt-baselines-1", "tolerance": 0.03, "recipes": {}}')
    monkeypatch.setattr(baselines.read_baselines, "__defaults__", (path,))
    monkeypatch.setattr(baselines.update, "__defaults__", (path,))
    write_core(tmp_path / "tiny")
    words = ["baselines", "--recipe", str(tmp_path / "tiny"), "--boards", "icebreaker", "hx8k"]
    fake_flow(tmp_path, monkeypatch, used=400)
    assert main(parser(), [*words, "--update"]) == 0
    assert json.loads(path.read_text())["recipes"] == {
        "tiny": {"icebreaker": {"used": 400, "core": 400}, "hx8k": {"used": 400, "core": 400}}
    }
    assert main(parser(), words) == 0
    assert capsys.readouterr().out == "2 boards within 3% of their baselines\n"
    fake_flow(tmp_path, monkeypatch, used=413)
    assert main(parser(), words) == 1
    assert "icebreaker: used 413, the baseline is 400; " in capsys.readouterr().err


def make_cancer(out: Path, *boards: str) -> Path:
    """The recipe's cores of these boards' families, by make."""
    for board in boards:
        made = make("hdl", "RECIPE=cancer", f"OUT={out}", f"BOARD={board}")
        assert made.returncode == 0, made.stdout[-4000:] + made.stderr[-4000:]
    return out


def check(recipe: Path, names: list[str], folder: Path) -> None:
    measured = measure_boards([BOARDS[name] for name in names], recipe, folder)
    tolerance, recipes = read_baselines()
    assert compare(measured, recipes["cancer"], tolerance) == []


@pytest.mark.slow
def test_cancer_on_the_icebreaker_is_within_its_baselines(cancer: Path, tmp_path: Path) -> None:
    check(cancer, ["icebreaker"], tmp_path)


@pytest.mark.long
def test_cancer_on_every_board_is_within_its_baselines(tmp_path: Path) -> None:
    cores = make_cancer(tmp_path / "cancer", "icebreaker", "ulx3s-25f", "tang-nano-9k")
    check(cores, list(BOARDS), tmp_path / "measured")
