"""Passes on several graphs: what is kept, what is undone and why, and going on after a stop."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gen.files import FileDamaged
from gen.logic.aiger import aiger_bytes, write_aiger
from gen.logic.graph import Graph
from gen.simplify import proved
from gen.simplify.checkpoint import Checkpoints
from gen.simplify.passes import Pass, compress, resubstitute, sweep
from gen.simplify.proved import Workers, prove_pairs, run_passes
from tests.gen.logic.graphs import graph_of, named_tables, random_graph

FAKE = Path(__file__).with_name("fake_abc.py")

# A pass that is wrong: it makes the first output constant 0.
wrong = Pass("wrong", ("zeropo -N 0",))
broken = Pass("broken", ("no_such_command",))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABC", f"{sys.executable} {FAKE}")


def wasteful(seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    return graph_of(5, *(int(rng.integers(1, 1 << 32)) for _ in range(2)))


def proofs(result: proved.Result) -> list[str]:
    return [tried.proof for tried in result.tried]


# With ABC ----------------------------------------------------------------------------------


def test_results_are_smaller_proved_and_in_order() -> None:
    graphs = [wasteful(seed) for seed in range(5)]
    found = run_passes(graphs, (sweep, compress, resubstitute), Workers(), "test", luts=True)
    for graph, result in zip(graphs, found, strict=True):
        assert named_tables(result.graph) == named_tables(graph)
        counts = [graph.n_ands, *(tried.ands for tried in result.tried)]
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > counts[-1] == result.graph.n_ands
        assert result.tried[-1].depth == result.graph.depth
        assert all(tried.proof in (proved.PROVED, proved.NO_GAIN) for tried in result.tried)
        assert 0 < result.tried[-1].lut4 <= result.lut4


def test_a_wrong_pass_is_undone_and_the_next_starts_from_what_was_kept() -> None:
    graphs = [wasteful(seed) for seed in range(3)]
    found = run_passes(graphs, (wrong, compress, wrong), Workers(), "test")
    for graph, result in zip(graphs, found, strict=True):
        assert proofs(result) == [proved.NOT_PROVED, proved.PROVED, proved.NOT_PROVED]
        assert [tried.ands for tried in result.tried] == [
            graph.n_ands, result.graph.n_ands, result.graph.n_ands
        ]  # fmt: skip
        assert named_tables(result.graph) == named_tables(graph)


def test_a_pass_that_fails_is_undone_and_the_next_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    graphs = [wasteful(seed) for seed in range(2)]
    for graph, result in zip(
        graphs, run_passes(graphs, (broken, compress), Workers(), "test"), strict=True
    ):
        assert proofs(result) == [proved.FAILED, proved.PROVED]
        assert named_tables(result.graph) == named_tables(graph)
    assert "part 0: ABC failed: " in capsys.readouterr().err


def test_pairs_are_proved_one_by_one() -> None:
    first, other = wasteful(0), wasteful(1)
    pairs = [(first, compress(first)), (first, other.renamed(*names(first))), (other, other)]
    found = prove_pairs(pairs, Workers(), "test")
    assert [equal for equal, _ in found] == [True, False, True]


def names(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return graph.input_names, graph.output_names


# With a program in its place -----------------------------------------------------------------


@pytest.mark.usefixtures("fake")
def test_a_proof_out_of_budget_undoes_its_pass_and_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = proved.proof_commands

    def hanging(first: str, second: str, miter: str) -> list[str]:
        return ["hang", *real(first, second, miter)] if first.startswith("1-0") else real(
            first, second, miter)  # fmt: skip

    monkeypatch.setattr(proved, "proof_commands", hanging)
    graphs = [wasteful(seed) for seed in range(3)]
    same = Pass("same", ("nothing",))
    found = run_passes(graphs, (same, same), Workers(1, budget=1), "test")
    assert proofs(found[0]) == proofs(found[2]) == [proved.NO_GAIN, proved.NO_GAIN]
    assert proofs(found[1]) == [proved.NOT_PROVED, proved.NO_GAIN]
    assert found[1].graph is graphs[1]


@pytest.mark.parametrize(("last", "proved_"), [("hang", False), ("fail", False), ("nothing", True)])
@pytest.mark.usefixtures("fake")
def test_a_proof_that_was_stopped_is_none(
    monkeypatch: pytest.MonkeyPatch, last: str, proved_: bool
) -> None:
    """Even where a file lies there that says 0: ABC did not come to the end, or failed."""
    monkeypatch.setattr(
        proved, "proof_commands",
        lambda *names: [f"miter {names[0]} {names[1]}", f"write_aiger {names[2]}", last],
    )  # fmt: skip
    graph = wasteful(0)
    ((found, _),) = prove_pairs([(graph, graph)], Workers(1, budget=1), "test")
    assert found is proved_


@pytest.mark.usefixtures("fake")
def test_a_pass_that_does_not_end_is_undone() -> None:
    graphs = [wasteful(0)]
    found = run_passes(graphs, (Pass("slow", ("hang",)), Pass("same", ())), Workers(1, 1), "test")
    assert proofs(found[0]) == [proved.LATE, proved.NO_GAIN]


@pytest.mark.usefixtures("fake")
def test_a_smaller_graph_is_not_believed_without_its_proof(tmp_path: Path) -> None:
    graph = wasteful(0)
    small = tmp_path / "small.aig"
    write_aiger(compress_names(graph), small)
    found = run_passes([graph], (Pass("take", (f"take {small}",)),), Workers(), "test")
    assert proofs(found[0]) == [proved.NOT_PROVED]
    assert found[0].graph is graph


def compress_names(graph: Graph) -> Graph:
    """A graph of the same interface and no ANDs."""
    zero = np.zeros(len(graph.outputs), np.int64)
    return Graph(graph.input_names, graph.output_names, np.zeros((0, 2), np.int64), zero)


@pytest.mark.usefixtures("fake")
def test_a_damaged_result_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def always(_: bytes) -> bool:
        return True

    monkeypatch.setattr(proved, "is_constant_zero", always)
    bad = tmp_path / "bad.aig"
    bad.write_bytes(b"aig 9 9 0")
    found = run_passes([wasteful(0)], (Pass("take", (f"take {bad}",)),), Workers(), "test")
    assert proofs(found[0]) == [proved.NOT_PROVED]


# Going on ----------------------------------------------------------------------------------


class Stopped(Checkpoints):
    """Checkpoints of a run that is interrupted after two."""

    def put(self, key: str, figures: dict[str, object], data: bytes) -> None:
        super().put(key, figures, data)
        if sum(1 for _ in self._files()) == 2:
            raise KeyboardInterrupt


def count_tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    real = proved.work

    def noted(tasks, *args):  # noqa: ANN001, ANN002, ANN202
        asked.extend(task.name for task in tasks)
        return real(tasks, *args)

    monkeypatch.setattr(proved, "work", noted)
    return asked


def test_an_interrupted_run_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    graphs = [wasteful(seed) for seed in range(6)]
    passes = (sweep, compress)
    wanted = run_passes(graphs, passes, Workers(), "test", True)
    with pytest.raises(KeyboardInterrupt):
        run_passes(graphs, passes, Workers(checkpoints=Stopped(tmp_path)), "test", True)
    assert len(list(tmp_path.glob("*.part"))) == 2
    asked = count_tasks(monkeypatch)
    again = run_passes(graphs, passes, Workers(checkpoints=Checkpoints(tmp_path)), "test", True)
    assert len(asked) == 4
    assert "  test: 2 of 6 parts were finished before\n" in capsys.readouterr().err
    for first, second in zip(wanted, again, strict=True):
        assert aiger_bytes(first.graph) == aiger_bytes(second.graph)
        assert first.lut4 == second.lut4
        assert proofs(first) == proofs(second)
    asked.clear()
    run_passes(graphs, passes, Workers(checkpoints=Checkpoints(tmp_path)), "test", True)
    assert asked == []


def test_a_damaged_checkpoint_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    graphs = [wasteful(seed) for seed in range(3)]
    wanted = run_passes(graphs, (compress,), Workers(checkpoints=Checkpoints(tmp_path)), "test")
    path = sorted(tmp_path.iterdir())[1]
    data = bytearray(path.read_bytes())
    data[-3] ^= 4
    path.write_bytes(data)
    asked = count_tasks(monkeypatch)
    again = run_passes(graphs, (compress,), Workers(checkpoints=Checkpoints(tmp_path)), "test")
    assert len(asked) == 1
    assert f"  {path}: damaged checkpoint ignored\n" in capsys.readouterr().err
    assert [aiger_bytes(r.graph) for r in again] == [aiger_bytes(r.graph) for r in wanted]


def test_other_settings_or_graphs_find_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def workers(budget: float = 300) -> Workers:
        return Workers(1, budget, Checkpoints(tmp_path))

    first, second = wasteful(0), wasteful(1)
    asked = count_tasks(monkeypatch)
    run_passes([first], (compress,), workers(), "test")
    for other in (([second], (compress,), workers()), ([first], (sweep,), workers()),
                  ([first], (compress,), workers(200))):  # fmt: skip
        asked.clear()
        run_passes(*other, "test")
        assert asked == ["0"]
    assert capsys.readouterr().err.count("1 checkpoint of another graph or other settings") == 3


def test_proofs_are_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = random_graph(np.random.default_rng(2), 6, 60)
    pairs = [(first, first), (first, wasteful(0).renamed(*names(wasteful(0))))][:1]
    asked = count_tasks(monkeypatch)
    assert prove_pairs(pairs, Workers(checkpoints=Checkpoints(tmp_path)), "test")[0][0]
    kept = prove_pairs(pairs, Workers(checkpoints=Checkpoints(tmp_path)), "test")
    assert kept[0][0]
    assert asked == ["0"]


def test_a_checkpoint_that_holds_no_graph_wrong(tmp_path: Path) -> None:
    graph = wasteful(0)
    checkpoints = Checkpoints(tmp_path)
    run_passes([graph], (compress,), Workers(checkpoints=checkpoints), "test")
    (path,) = tmp_path.iterdir()
    Checkpoints(tmp_path).put(path.stem, {"lut4": None, "tried": []}, b"aig 1")
    with pytest.raises(FileDamaged, match="a checkpoint"):
        run_passes([graph], (compress,), Workers(checkpoints=Checkpoints(tmp_path)), "test")
