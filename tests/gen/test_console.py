"""Errors as one line, exit statuses, progress."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gen import console
from gen.console import amount, hushed, main, natural, positive, progress, say, seconds
from gen.errors import SmeltError
from gen.files import read_json

ROOT = Path(__file__).resolve().parents[2]


class Special(SmeltError):
    status = 7


def run(action: object, *argv: str) -> int:
    parser = argparse.ArgumentParser(prog="smelt")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("go")
    command.add_argument("--depth", type=int, default=0)
    command.set_defaults(run=action)
    return main(parser, argv)


def failing(error: BaseException) -> object:
    def action(_: argparse.Namespace) -> None:
        raise error

    return action


def test_a_command_that_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []
    assert run(lambda args: seen.append(args.depth), "go", "--depth", "3") == 0
    assert seen == [3]
    assert capsys.readouterr() == ("", "")


def test_an_error_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(SmeltError("net.npz: two\n  lines")), "go") == 1
    assert capsys.readouterr() == ("", "smelt: error: net.npz: two lines\n")
    assert run(failing(Special("x")), "go") == 7


@pytest.mark.parametrize("argv", [("--debug", "go"), ("go", "--debug")])
def test_debug_shows_the_traceback(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(failing(SmeltError("wrong")), *argv) == 1
    text = capsys.readouterr().err
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("smelt: error: wrong\n")


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(KeyboardInterrupt()), "go") == 130
    assert capsys.readouterr().err == (
        "smelt: interrupted; finished steps are kept, run the same command to go on\n"
    )


def test_a_reader_that_went_away_is_141() -> None:
    assert run(failing(BrokenPipeError()), "go") == 141


def test_defects_of_ours_are_one_line_that_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(ZeroDivisionError("by\nzero")), "go") == 70
    out, text = capsys.readouterr()
    assert (out, text.count("\n")) == ("", 1)
    assert text.startswith("smelt: error: unexpected ZeroDivisionError at test_console.py:")
    assert "by zero" in text
    assert "this is a defect of Smelt" in text
    assert run(failing(ZeroDivisionError()), "go", "--debug") == 70
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):")


def test_a_defect_names_the_files_that_were_read_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_text("{}")

    def action(_: argparse.Namespace) -> None:
        read_json(tmp_path / "a.json")["x"]

    assert run(action, "go") == 70
    assert capsys.readouterr().err.startswith(f"smelt: error: {tmp_path}/a.json: unexpected Key")


def test_too_little_memory_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(MemoryError()), "go") == 1
    assert capsys.readouterr().err == (
        "smelt: error: more memory is needed than there is (MemoryError)\n"
    )


@pytest.mark.parametrize(
    ("check", "good", "wrong"),
    [
        (positive, ["1", "7"], ["0", "-1", "x", "1.5", "", "9" * 30, "9" * 5000, "nan"]),
        (natural, ["0", "7"], ["-1", "x", "1.5", "", "2147483648"]),
        (amount, ["0.5", "7"], ["0", "-1", "nan", "inf", "x", "1e999"]),
        (seconds, ["0", "0.5"], ["-1", "nan", "inf", "x", "1e10"]),
    ],
)
def test_numbers_as_arguments(check: object, good: list[str], wrong: list[str]) -> None:
    assert [check(text) for text in good] == [float(text) for text in good]  # type: ignore[operator]
    for text in wrong:
        with pytest.raises((ValueError, argparse.ArgumentTypeError)):
            check(text)  # type: ignore[operator]


def test_an_output_that_is_full_is_one_line() -> None:
    code = "import sys; from gen.__main__ import parser, main; sys.exit(main(parser()))"
    code = code.replace("parser()", "p()").replace(
        "sys.exit",
        "import argparse\ndef p():\n q = argparse.ArgumentParser()\n"
        " q.set_defaults(run=lambda _: print('x'))\n return q\nsys.exit",
    )
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == "smelt: error: standard output: No space left on device\n"


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied", "out/net.npz"), OSError(28, "No space left", "x")],
)
def test_a_disk_that_refuses_is_one_line(
    error: OSError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(failing(error), "go") == 1
    assert capsys.readouterr().err.startswith("smelt: error: ")


@pytest.mark.parametrize("argv", [(), ("stop",), ("go", "--depth", "x"), ("go", "--what")])
def test_wrong_usage_is_2(argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(lambda _: None, *argv)
    assert caught.value.code == 2
    assert "usage: smelt" in capsys.readouterr().err


def test_say_keeps_stdout_for_results(capsys: pytest.CaptureFixture[str]) -> None:
    say("so far")
    assert capsys.readouterr() == ("", "so far\n")


def test_progress_passes_all_items_through(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 11.0, 11.0, 12.0, 30.0, 30.0, 31.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    assert list(progress("abc", label="letters")) == ["a", "b", "c"]
    assert capsys.readouterr().err == "letters: 0 of 3\nletters: 2 of 3\n"
    assert list(progress(iter(()))) == []


def test_progress_on_a_terminal_is_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console.sys.stderr, "isatty", lambda: True, raising=False)
    assert list(progress(range(3), label="numbers")) == [0, 1, 2]
    assert "numbers" in capsys.readouterr().err


def test_a_command_that_says_nothing_says_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "QUIET", 0.02)
    assert run(lambda _: time.sleep(0.2), "go") == 0
    assert "  ... 0 s\n" in capsys.readouterr().err

    def waits(_: argparse.Namespace) -> None:
        with hushed():
            time.sleep(0.1)

    assert run(waits, "go") == 0
    assert capsys.readouterr().err == ""
