"""Errors as one line, exit statuses, progress."""

import argparse

import pytest

from gen import console
from gen.console import main, progress, say
from gen.errors import SmeltError


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


def test_defects_of_ours_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(failing(ZeroDivisionError()), "go")


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
