"""Damaged files and nonsense arguments: a result, or one line that says which file and what.

A failure says its seed: `python -m pytest tests/fuzz -k short` with FIRST set to it tries it again.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

import pytest

from gen.errors import SmeltError
from gen.files import read_json
from tests.fuzz.arguments import PROGRAMS, commands, drawn
from tests.fuzz.damage import damaged
from tests.fuzz.functions import FUNCTIONS
from tests.fuzz.harness import Done, complaint, copied, run, without_tools
from tests.fuzz.readers import READERS
from tests.fuzz.stand_ins import quick

FIRST = int(os.environ.get("SMELT_FUZZ_SEED", "0"))
BLOCK = 65
SHORT = range(FIRST, FIRST + 4 * BLOCK, BLOCK)
LONG = range(100_000, 100_000 + 80 * BLOCK, BLOCK)

NOT_OURS = ("ask",)
"""Commands of `gen` that have a battery of their own."""
GOOD = {
    "net": "net.npz",
    "core": "core.json",
    "vectors": "vectors.npz",
    "graph": "graph.aig",
    "melted": "melted.aig",
    "mapped": "mapped.json",
    "model": "trained/model.json",
    "ledger": "ledger.json",
    "bits": "bits.csv",
    "comb": "core.v",
    "trust_data": "vectors.npz",
    "out": "../o/new",
    "results": "../o/results",
    "folder": "../o/board",
    "held": "../o/held",
    "table": "../o/table.md",
    "build": "",
    "rows": "bits.csv",
    "recipe": "recipe.toml",
}
"""What fits an argument by its name, in the build's folder."""


class Damage:
    """A copy of a build, whose files are put back after each command."""

    def __init__(self, finished: Path, tmp_path: Path) -> None:
        self.folder, self.out = copied(finished, tmp_path / "b"), tmp_path / "o"
        self.out.mkdir()
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        self.whole = {path: path.read_bytes() for path in files}

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """What a command changed or removed is as it was."""
        before = {path: self._stamp(path) for path in self.whole}
        try:
            yield
        finally:
            for path, data in self.whole.items():
                if self._stamp(path) != before[path]:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)

    def _stamp(self, path: Path) -> tuple[int, int] | None:
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def nonsense(self) -> list[str]:
        """Files and folders of all kinds to give to any argument."""
        made = {"file": b"text", "empty": b"", "m.onnx": b"\x08\x07\x12\x04test", "a.csv": b"1,2\n",
                "n.pkl": b"\x80\x04K\x01."}  # fmt: skip
        for name, data in made.items():
            (self.out.parent / name).write_bytes(data)
        inside = ["", "net.npz", "core.json", "core.v", "vectors.npz", "graph.aig", "icebreaker",
                  "trained/model.json", "sim/core/sim.json", "recipe.toml", "board.py",
                  "bits.npy"]  # fmt: skip
        beside = [*made, "missing", "missing/x.json", "file/x", "o", "o/new", "x" * 300]
        given = [self.folder / name for name in inside]
        given += [self.out.parent / name for name in beside]
        return [*map(str, given), "/dev/null", "/dev/full", "", "."]


@pytest.fixture
def work(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Damage]:
    found = Damage(finished, tmp_path)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with without_tools(), quick():
        yield found


def _shown(done: Done) -> str:
    return (done.err.strip().splitlines() or [""])[-1][:300]


def _damaged_file(work: Damage, seed: int) -> str:
    """Damage a file, run a command that reads it; what is wrong with how that ended."""
    draw = random.Random(seed)
    reader = draw.choice(READERS)
    path = work.folder / reader.file
    words = [word.format(build=work.folder, out=work.out) for word in reader.argv]
    with work.put_back():
        path.write_bytes(damaged(reader.file, work.whole[path], draw))
        done = run(reader.module, words)
    wrong = complaint(done, reader.names)
    where = f"seed {seed}: {reader.file} damaged, python -m {reader.module} {' '.join(words)}"
    return wrong and f"{where}: {wrong}: {_shown(done)}"


def _damaged_for_a_function(work: Damage, seed: int) -> str:
    """Damage a file and read it by its function; what is wrong where that raises."""
    draw = random.Random(seed)
    name = draw.choice(list(FUNCTIONS))
    path, read = work.folder / name, draw.choice(FUNCTIONS[name])
    with work.put_back(), redirect_stderr(StringIO()):
        path.write_bytes(damaged(name, work.whole[path], draw))
        try:
            read(path)
        except SmeltError as error:
            return "" if str(error).strip() else f"seed {seed}: {name}: an error without words"
        except Exception as error:
            return f"seed {seed}: {name} damaged: {type(error).__name__}: {error}"
    return ""


def _nonsense_arguments(work: Damage, seed: int) -> str:
    """Run a command with drawn arguments; what is wrong with how that ended."""
    draw = random.Random(seed)
    program = draw.choice(PROGRAMS)
    known = [one for one in commands(program) if (program, *one[0][:1]) != ("gen", *NOT_OURS)]
    words, parser = draw.choice(known)
    good = {name: str(work.folder / value) for name, value in GOOD.items()}
    if program == "boards":
        good |= {"build": str(work.folder / "icebreaker"), "recipe": str(work.folder)}
    argv = [*words, *drawn(parser, work.nonsense(), good, draw)]
    with work.put_back():
        done = run(f"{program}.__main__", argv)
    wrong = complaint(done)
    shown = " ".join(word[:60] for word in argv)
    return wrong and f"seed {seed}: python -m {program} {shown}: {wrong}: {_shown(done)}"


def _all(one: object, work: Damage, first: int) -> list[str]:
    return [said for seed in range(first, first + BLOCK) if (said := one(work, seed))]  # type: ignore[operator]


@pytest.mark.parametrize("first", SHORT)
def test_damaged_files_short(work: Damage, first: int) -> None:
    assert _all(_damaged_file, work, first) == []


@pytest.mark.parametrize("first", SHORT)
def test_nonsense_arguments_short(work: Damage, first: int) -> None:
    assert _all(_nonsense_arguments, work, first) == []


@pytest.mark.parametrize("first", SHORT)
def test_damaged_files_of_programs_short(work: Damage, first: int) -> None:
    assert _all(_damaged_for_a_function, work, first) == []


@pytest.mark.long
@pytest.mark.parametrize("first", LONG)
def test_damaged_files_of_programs_long(work: Damage, first: int) -> None:
    assert _all(_damaged_for_a_function, work, first) == []


@pytest.mark.long
@pytest.mark.parametrize("first", LONG)
def test_damaged_files_long(work: Damage, first: int) -> None:
    assert _all(_damaged_file, work, first) == []


@pytest.mark.long
@pytest.mark.parametrize("first", LONG)
def test_nonsense_arguments_long(work: Damage, first: int) -> None:
    assert _all(_nonsense_arguments, work, first) == []


def test_there_are_as_many_as_are_promised() -> None:
    assert 2 * len(SHORT) * BLOCK >= 500
    assert 2 * len(LONG) * BLOCK >= 10_000


def test_every_file_is_there_and_every_command_is_fine_with_what_is_whole(work: Damage) -> None:
    """Else the damage would not be what is tested."""
    for name, functions in FUNCTIONS.items():
        for read in functions:
            read(work.folder / name)
    for reader in READERS:
        assert (work.folder / reader.file).is_file(), reader.file
        words = [word.format(build=work.folder, out=work.out) for word in reader.argv]
        with work.put_back():
            done = run(reader.module, words)
        # Some tools are stand-ins, and the network has no states and no data.
        known = ("stand-in", "make doctor", "not recurrent", "give --rows", "no build")
        assert done.status == 0 or any(word in done.err for word in known), done.err


def test_what_is_not_foreseen_is_found(work: Damage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted defects: a reader that trusts its file, and one that does not end."""
    core = str(work.folder / "core.json")
    words = ["core", "--core", core, "--vectors", str(work.folder / "vectors.npz")]
    monkeypatch.setattr("sim.description.load_core", lambda path: read_json(path)["nothing"])
    assert complaint(run("sim.__main__", words)) == "something unforeseen"
    monkeypatch.setattr("sim.description.load_core", lambda path: int("x" * 9 + str(path)))
    assert complaint(run("sim.__main__", words)) == "something unforeseen"
    monkeypatch.setattr("sim.description.load_core", lambda path: print(path, undefined))  # noqa: F821
    assert complaint(run("sim.__main__", words)) == "something unforeseen"
    (work.folder / "core.json").write_text("{")
    monkeypatch.undo()
    assert complaint(run("sim.__main__", words), ["core.json"]) == ""
    assert complaint(run("sim.__main__", words), ["other.json"]) == "it names none of other.json"
