"""The compiled kernel against numpy and single gates, broken copies of it, and life without it."""

import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gen.errors import SmeltError
from gen.logic import kernel as module
from gen.logic.evaluate import evaluate, evaluate_nodes, evaluate_words, pack_vectors
from gen.logic.graph import Graph, GraphError
from gen.logic.kernel import VARIABLE, Kernel, Plan, kernel
from tests.gen.logic.graphs import every_input, random_graph, value


def graph_of_ands(inputs: int, fan_in: list[list[int]], ends: list[int]) -> Graph:
    names = tuple(f"a{at}" for at in range(inputs)), tuple(f"y{at}" for at in range(len(ends)))
    arrays = np.array(fan_in, np.int64).reshape(-1, 2), np.array(ends, np.int64)
    return Graph(*names, *arrays)


def chain(length: int) -> Graph:
    """Each AND reads the one before it, complemented, and one of two inputs."""
    fan_in = [[2, 4]] + [[2 * (at + 2) + 1, 2 + 2 * (at % 2)] for at in range(1, length)]
    return graph_of_ands(2, fan_in, [2 * (length + 2)])


CASES = {
    "no AND": graph_of_ands(2, [], [2, 5]),
    "no outputs": graph_of_ands(2, [[2, 4]], []),
    "no inputs": graph_of_ands(0, [[1, 1], [0, 3]], [0, 1, 2, 5]),
    "constants": graph_of_ands(1, [[0, 2], [1, 2], [1, 1]], [0, 1, 4, 6, 8, 9]),
    "one AND twice": graph_of_ands(2, [[2, 4]], [6, 7, 6]),
    "same operand": graph_of_ands(1, [[2, 2], [4, 5], [4, 4]], [4, 6, 8]),
    "dead ANDs": graph_of_ands(2, [[2, 4], [3, 4], [2, 5], [8, 10]], [10]),
    "deep": chain(300),
    "wide": graph_of_ands(40, [[2 * (1 + i), 3 + 2 * j] for i in range(40) for j in range(40)],
                          [2 * n + n % 2 for n in range(41, 1641, 7)]),
    "random": random_graph(np.random.default_rng(5), inputs=9, ands=400, outputs=30),
    "crowded": random_graph(np.random.default_rng(6), inputs=700, ands=900, outputs=200),
}  # fmt: skip
COUNTS = (1, 63, 64, 65, 130, 600)
MANY = 64 * 32 * 2 + 70  # two blocks and a part, on the smaller graphs


@cache
def expected(name: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random input bits, and the outputs by following the gates one by one."""
    graph = CASES[name]
    bits = np.random.default_rng(count).integers(0, 2, (count, graph.n_inputs), dtype=np.uint8)
    wanted = np.array([value(graph, row) for row in bits.tolist()], dtype=np.uint8)
    return bits, wanted.reshape(count, len(graph.outputs))


def wrong_results(compiled: Kernel) -> list[str]:
    """Cases and counts for which a kernel differs from following the gates one by one."""
    wrong = []
    for name, graph in CASES.items():
        for count in (*COUNTS, MANY) if graph.n_ands < 50 else COUNTS:
            bits, wanted = expected(name, count)
            words = compiled.run(compiled.plan(graph), compiled.pack(bits))
            if (compiled.unpack(words, count) != wanted).any():
                wrong.append(f"{name}, {count} vectors")
    return wrong


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    monkeypatch.setenv(VARIABLE, "c")
    found = kernel()
    assert found is not None
    return found


SETTINGS: dict[str, dict[str, object]] = {
    "as it is": {},
    "blocks of 8": {"BLOCKS": ()},
    "blocks of 16": {"BLOCKS": ((16, 1 << 60),)},
    "asking ahead": {"CACHE_BYTES": -1},
    "blocks of 8, asking ahead": {"BLOCKS": (), "CACHE_BYTES": -1},
    "many calls": {"CALL_WORK": 1, "BLOCKS": ((1, 1 << 60),)},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_it_gives_what_single_gates_give(
    name: str, compiled: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, setting in SETTINGS[name].items():
        monkeypatch.setattr(module, variable, setting)
    assert wrong_results(compiled) == []


@pytest.mark.parametrize("seed", range(8))
def test_it_gives_what_numpy_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, int(rng.integers(1, 200)), int(rng.integers(1, 5000)), 40)
    words = rng.integers(0, 2**64, (graph.n_inputs, int(rng.integers(1, 150))), dtype=np.uint64)
    found = []
    for way in ("c", "numpy"):
        monkeypatch.setenv(VARIABLE, way)
        found.append((evaluate_words(graph, words), evaluate_nodes(graph, words)))
    for ours, numpys in zip(*found, strict=True):
        assert ours.dtype == numpys.dtype
        assert ours.shape == numpys.shape
        assert (ours == numpys).all()


@pytest.mark.parametrize("name", CASES)
def test_every_node_as_numpy_has_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = CASES[name]
    words = np.random.default_rng(2).integers(0, 2**64, (graph.n_inputs, 37), dtype=np.uint64)
    found = []
    for way in ("c", "numpy"):
        monkeypatch.setenv(VARIABLE, way)
        found.append(evaluate_nodes(graph, words))
    assert found[0].shape == (graph.first_and + graph.n_ands, 37)
    assert (found[0] == found[1]).all()


def test_input_words_of_any_layout(compiled: Kernel) -> None:
    graph = CASES["random"]
    words = np.random.default_rng(3).integers(0, 2**64, (20, 9), dtype=np.uint64)
    wanted = evaluate_words(graph, np.ascontiguousarray(words[1::2][:9]))
    assert (evaluate_words(graph, words[1::2][:9]) == wanted).all()
    assert (evaluate_words(graph, np.asfortranarray(words)[1::2][:9]) == wanted).all()


# The plan ----------------------------------------------------------------------------------


def followed(plan: Plan, bits: list[int]) -> list[int]:
    """The plan carried out one bit at a time."""
    slots = [0, *bits] + [0] * (plan.slots - 1 - len(bits))
    for slot, a, b in plan.steps.tolist():
        assert slot not in (a >> 1, b >> 1), "a row overwrites one that it reads"
        slots[slot] = (slots[a >> 1] ^ a & 1) & (slots[b >> 1] ^ b & 1)
    return [slots[end >> 1] ^ end & 1 for end in plan.ends.tolist()]


@pytest.mark.parametrize("seed", range(10))
def test_a_plan_is_the_graph(seed: int, compiled: Kernel) -> None:
    graph = random_graph(np.random.default_rng(seed), inputs=5, ands=60)
    plan = compiled.plan(graph)
    for row in every_input(5).tolist():
        assert followed(plan, row) == value(graph, row)
    assert plan.slots <= graph.first_and + graph.n_ands


def test_slots_are_used_again(compiled: Kernel) -> None:
    assert compiled.plan(chain(5000)).slots <= 6


def test_a_deep_graph_needs_no_stack(compiled: Kernel) -> None:
    length = 200_000
    found = evaluate(chain(length), every_input(2))
    # The chain's values repeat every second AND, so a shorter one ends alike.
    wanted = [value(chain(1000), row) for row in every_input(2).tolist()]
    assert found.tolist() == wanted


def test_a_plan_is_kept_as_long_as_its_graph(
    compiled: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Graph] = []
    plain = Kernel.plan

    def watched(self: Kernel, graph: Graph) -> Plan:
        calls.append(graph)
        return plain(self, graph)

    monkeypatch.setattr(Kernel, "plan", watched)
    first, second = chain(10), chain(10)
    for graph in (first, second, first):
        evaluate(graph, every_input(2))
    assert calls == [first, second]


@pytest.mark.parametrize("literal", [-1, 8, 1 << 40])
def test_a_graph_changed_after_its_checks_wrong(literal: int, compiled: Kernel) -> None:
    graph = graph_of_ands(2, [[2, 4], [6, 5]], [8])
    graph.fan_in[1, 0] = literal
    with pytest.raises(GraphError, match="reads no earlier literal"):
        compiled.plan(graph)
    graph = graph_of_ands(2, [[2, 4], [6, 5]], [8])
    graph.outputs[0] = 10 if literal == 8 else literal
    with pytest.raises(GraphError, match="reads no earlier literal"):
        compiled.plan(graph)


# Broken copies: the comparisons above find each of these ---------------------------------------

FAULTS = {
    "AND becomes OR in single words": ("(a[at] ^ not_a) & (b[at]", "(a[at] ^ not_a) | (b[at]"),
    "AND becomes OR in fours": ("\n                                      & (*", " | (*"),
    "one complement is left out": ("not_b = -(uint64_t)(plan[2] & 1)", "not_b = 0"),
    "an end's complement is left out": ("flip = -(uint64_t)(ends[i] & 1)", "flip = 0"),
    "the last quarter of a row is left out": ("at < words; at += 4", "at < words - 4; at += 4"),
    "a slot is freed too early": ("if (last[a >> 1] == i)", "if (last[a >> 1] <= i + 20)"),
    "a slot is freed twice": ("&& b >> 1 != a >> 1", ""),
    "slots of outputs are freed": ("last[ends[i] >> 1] = INT32_MAX", "(void)0"),
    "the constant is not cleared": ("memset(rows, 0, (size_t)size * 8)",
                                    "memset(rows, 1, (size_t)size * 8)"),
    "inputs are shifted by one": ("given + i * width + at", "given + i * width + at / 2"),
    "blocks overlap": ("at < stop; at += words) {\n        int64_t here",
                       "at < stop; at += words + 1) {\n        int64_t here"),
    "packing forgets a byte": ("n < 8; n++)\n                word |=",
                               "n < 7; n++)\n                word |="),
    "unpacking takes the wrong bit": ("from[i] >> n % 8 & 1", "from[i] >> (7 - n % 8) & 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_copy_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, (old, new) = module.SOURCE.read_text(), FAULTS[name]
    assert source.count(old) == 1, name
    copy = tmp_path / "kernel.c"
    copy.write_text(source.replace(old, new))
    monkeypatch.setattr(module, "SOURCE", copy)
    assert wrong_results(module._compiled(tmp_path, None))


# Without a kernel ------------------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and nothing remembered of earlier tries; gives the cache's folder."""
    caches = (module._kernel_or_reason, module._say_once)
    for kept in caches:
        kept.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("CC", raising=False)
    yield tmp_path / "cache" / "smelt" / "kernel"
    for kept in caches:
        kept.cache_clear()


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


BROKEN = {
    "missing": (None, "no C compiler '{cc}'; install gcc or clang, or set CC"),
    "failing": ("echo 'cc1: no such file' >&2; exit 1",
                "'{cc}' cannot compile kernel.c (cc1: no such file)"),
    "silent": ("exit 3", "'{cc}' cannot compile kernel.c (exit status 3)"),
    "lying": ("exit 0", "the kernel cannot be written or loaded ("),
    "writing garbage": ('while [ "$1" != -o ]; do shift; done; echo garbage > "$2"',
                        "the kernel cannot be written or loaded ("),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_compiler_means_numpy_and_one_line(
    name: str,
    fresh: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, reason = BROKEN[name]
    cc = str(tmp_path / "cc") if text is None else program(tmp_path / "cc", text)
    monkeypatch.setenv("CC", cc)
    graph, bits = CASES["random"], every_input(9)
    found = [evaluate(graph, bits) for _ in range(3)]
    assert found[0].tolist() == [value(graph, row) for row in bits.tolist()]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith(
        f"evaluating graphs in numpy, about 20 times slower: {reason.format(cc=cc)}"
    )
    assert list(fresh.glob("*")) == []
    monkeypatch.setenv(VARIABLE, "c")
    with pytest.raises(SmeltError) as caught:
        evaluate(graph, bits)
    assert str(caught.value).startswith(reason.format(cc=cc))


def test_numpy_can_be_asked_for(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "numpy")
    assert kernel() is None
    pack_vectors(every_input(3))
    assert capsys.readouterr().err == ""
    assert not fresh.exists()


def test_another_name_wrong(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "cuda")
    with pytest.raises(SmeltError) as caught:
        kernel()
    assert str(caught.value) == "SMELT_KERNEL=cuda: choose c or numpy, or leave it unset"


def test_it_is_compiled_once_and_loaded_after(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(kernel(), Kernel)
    (kept,) = fresh.iterdir()
    module._kernel_or_reason.cache_clear()
    monkeypatch.setenv("CC", str(tmp_path / "none"))
    assert isinstance(kernel(), Kernel)
    assert list(fresh.iterdir()) == [kept]


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x7fELF" + bytes(60)])
def test_a_damaged_library_is_compiled_again(content: bytes, fresh: Path) -> None:
    fresh.mkdir(parents=True)
    kept = fresh / f"kernel-{module._identity()}.so"
    kept.write_bytes(content)
    found = kernel()
    assert isinstance(found, Kernel)
    assert wrong_results(found) == []
    assert len(kept.read_bytes()) > 1000


def test_another_library_is_not_the_kernel(fresh: Path, tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text("int smelt_plan(void) { return 0; }\n")
    module._run_compiler(["cc", "-shared", "-fPIC", "-o", str(tmp_path / "o.so"), str(source)])
    with pytest.raises(OSError, match="smelt_run"):
        Kernel(tmp_path / "o.so")


def test_a_cache_that_cannot_be_written_is_no_matter(
    fresh: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    found = kernel()
    assert isinstance(found, Kernel)
    assert wrong_results(found) == []
    assert capsys.readouterr().err == ""


def test_a_user_without_a_home_has_a_kernel(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(module.Path, "home", homeless)
    assert isinstance(kernel(), Kernel)


def test_a_compiler_that_does_not_know_this_processor_will_do(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'case "$*" in *native*) echo "unknown CPU" >&2; exit 1;; esac; exec cc "$@"'
    monkeypatch.setenv("CC", program(tmp_path / "cc", text))
    found = kernel()
    assert isinstance(found, Kernel)
    assert wrong_results(found) == []
