"""Passes on graphs, several at a time, each result proved equal to what the pass was given.

All passes on a graph run in one ABC, one after another, with a proof after each. What is kept of
a graph is the smallest result up to which every step was proved. Where a step fails, or is not
proved within its budget, it is undone, and the passes after it start again from what was kept.
"""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from gen.console import progress, say
from gen.files import FileDamaged
from gen.logic.aiger import aiger_bytes, parse_aiger
from gen.logic.graph import Graph
from gen.simplify.checkpoint import Checkpoints
from gen.simplify.passes import Pass
from gen.tools.abc import abc_identity, blif_size, is_constant_zero, proof_commands
from gen.tools.workers import FAILED as STOPPED
from gen.tools.workers import Done, Task, work

__all__ = ["Workers", "Result", "Tried", "prove_pairs", "run_passes"]

PROVED, NO_GAIN = "proved", "undone: no gain"
NOT_PROVED, FAILED, LATE = "undone: not proved", "undone: failed", "undone: out of time"
APPLY, COUNT, PROVE = range(3)
"""The steps of each pass; a task begins with one more, that counts."""


@dataclass
class Workers:
    """Who does the work: so many processes, seconds for a proof, and what was done before; or an
    executor, that has so many shares of it at once."""

    processes: int = 2
    budget: float = 300
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    executor: Executor | None = None

    def run(self, tasks: "deque[Task]", waiting: int, label: str) -> Generator[Done]:
        """All tasks and those added, with a progress bar that counts finished names."""
        done = work(tasks, self.processes, self.budget, self.executor)
        yield from progress(done, waiting, label)


@dataclass(frozen=True)
class Tried:
    """A pass on a graph: figures of what is kept after it, seconds, how it was proved."""

    ands: int
    depth: int | None
    lut4: int | None
    seconds: float
    proof: str
    proof_seconds: float


@dataclass
class Result:
    """A graph, its LUT4 where they were counted at the start, and the passes tried on it."""

    graph: Graph
    lut4: int | None = None
    tried: list[Tried] = field(default_factory=list)


def run_passes(
    graphs: Sequence[Graph],
    passes: Sequence[Pass],
    workers: Workers,
    label: str,
    luts: bool = False,
) -> list[Result]:
    """The result for each graph, in order; depth and LUT4 after each pass where `luts`."""
    jobs = [_Job(str(n), Result(graph), passes, luts) for n, graph in enumerate(graphs)]
    keys = [_key(graph, passes, workers, luts) for graph in graphs]
    waiting = {}
    for job, key in zip(jobs, keys, strict=True):
        if not _restore(job, workers.checkpoints.get(key)):
            waiting[job.name] = (job, key)
    if waiting:
        workers.checkpoints.drop_unused()
    if 0 < len(waiting) < len(jobs):
        say(f"  {label}: {len(jobs) - len(waiting)} of {len(jobs)} parts were finished before")
    tasks = deque(job.task() for job, _ in waiting.values())
    with closing(workers.run(tasks, len(tasks), label)) as finished:
        for done in finished:
            job, key = waiting[done.task.name]
            job.take(done)
            if job.left:
                tasks.append(job.task())
            else:
                _keep(job.result, key, workers.checkpoints)
    return [job.result for job in jobs]


def _key(graph: Graph, passes: Sequence[Pass], workers: Workers, luts: bool) -> str:
    commands = [f"{one.name}: {'; '.join(one.commands)}" for one in passes]
    settings = f"{abc_identity()} {workers.budget:g} {luts}"
    return workers.checkpoints.key(settings, *commands, aiger_bytes(graph, False))


def _keep(result: Result, key: str, checkpoints: Checkpoints) -> None:
    figures = {"lut4": result.lut4, "tried": [asdict(tried) for tried in result.tried]}
    checkpoints.put(key, figures, aiger_bytes(result.graph, False))


def _restore(job: "_Job", kept: tuple[dict[str, Any], bytes] | None) -> bool:
    if kept is None:
        return False
    figures, data = kept
    before = job.result.graph
    graph = parse_aiger(data, "a checkpoint").renamed(before.input_names, before.output_names)
    job.result = Result(graph, figures["lut4"], [Tried(**tried) for tried in figures["tried"]])
    return True


@dataclass
class _Job:
    """A graph on its way through the passes."""

    name: str
    result: Result
    left: Sequence[Pass]
    luts: bool

    def task(self) -> Task:
        """What is left to do, as files and commands for ABC."""
        name = f"{self.name}-{len(self.result.tried)}"
        start = f"{name}.aig"
        steps: list[list[str]] = [self._count(start, f"{name}.blif")]
        results = [f"{name}.blif"]
        for at, one in enumerate(self.left):
            made, miter, count = (f"{name}-{at}{end}" for end in (".aig", ".miter.aig", ".blif"))
            steps.append([f"read_aiger {start}", *one.commands, f"write_aiger {made}"])
            steps.append(self._count(made, count))
            steps.append(proof_commands(start, made, miter))
            results += [made, miter, count]
            start = made
        data = aiger_bytes(self.result.graph, symbols=False)
        return Task(self.name, {f"{name}.aig": data}, steps, results)

    def _count(self, graph: str, blif: str) -> list[str]:
        counted = ["if -K 4 -a", f"write_blif {blif}", f"read_aiger {graph}"] if self.luts else []
        return [f"read_aiger {graph}", *counted]

    def take(self, done: Done) -> None:
        """Note what came of a task; what is left then is what has to be tried again."""
        name = f"{self.name}-{len(self.result.tried)}"
        if self.result.lut4 is None:
            self.result.lut4 = self._luts(done, f"{name}.blif")
        kept, self.left = list(self.left), []
        for at in range(len(kept)):
            times = done.seconds[1 + 3 * at : 4 + 3 * at]
            good = len(times) == 3 and self._one(done, f"{name}-{at}", times)
            if not good:
                self._undo(done, times)
                self.left = kept[at + 1 :]
                return

    def _one(self, done: Done, name: str, times: list[float]) -> bool:
        """Note a finished pass; whether it is proved, so that the next one stands on it."""
        if not is_constant_zero(done.files.get(f"{name}.miter.aig", b"")):
            return False
        before = self.result.graph
        try:
            made = parse_aiger(done.files[f"{name}.aig"], f"{name}.aig")
        except FileDamaged as error:
            say(f"  {error}")
            return False
        gained = made.n_ands < before.n_ands
        if gained:
            self.result.graph = made.renamed(before.input_names, before.output_names)
        self._note(PROVED if gained else NO_GAIN, times, self._luts(done, f"{name}.blif"))
        return True

    def _undo(self, done: Done, times: list[float]) -> None:
        why = NOT_PROVED if len(times) >= PROVE else LATE
        if done.stopped == STOPPED:
            why = FAILED
            say(f"  part {self.name}: ABC failed: {done.log}")
        self._note(why, [*times, 0.0, 0.0, 0.0][:3], None)

    def _note(self, proof: str, times: list[float], lut4: int | None) -> None:
        earlier = [self.result.lut4, *(tried.lut4 for tried in self.result.tried)]
        kept = lut4 if proof == PROVED else earlier[-1]
        seconds = [round(times[step], 3) for step in (APPLY, PROVE)]
        graph = self.result.graph
        size = (graph.n_ands, graph.depth if self.luts else None, kept)
        self.result.tried.append(Tried(*size, seconds[0], proof, seconds[1]))

    def _luts(self, done: Done, name: str) -> int | None:
        return blif_size(done.files[name].decode()) if self.luts and name in done.files else None


def prove_pairs(
    pairs: Sequence[tuple[Graph, Graph]], workers: Workers, label: str
) -> list[tuple[bool, float]]:
    """Of each two graphs, of the same inputs and outputs: whether they are proved, and seconds."""
    found: dict[str, tuple[bool, float]] = {}
    tasks: deque[Task] = deque()
    keys = {}
    for number, pair in enumerate(pairs):
        task = _proof_task(str(number), *pair)
        key = workers.checkpoints.key(f"{abc_identity()} {workers.budget:g}", *task.files.values())
        keys[task.name], kept = key, workers.checkpoints.get(key)
        if kept is None:
            tasks.append(task)
        else:
            found[task.name] = (bool(kept[0]["proved"]), float(kept[0]["seconds"]))
    with closing(workers.run(tasks, len(tasks), label)) as finished:
        for done in finished:
            proved = not done.stopped and is_constant_zero(done.files[done.task.results[0]])
            seconds = round(sum(done.seconds), 3)
            found[done.task.name] = (proved, seconds)
            workers.checkpoints.put(
                keys[done.task.name], {"proved": proved, "seconds": seconds}, b""
            )
    return [found[str(number)] for number in range(len(pairs))]


def _proof_task(name: str, first: Graph, second: Graph) -> Task:
    names = [f"{name}{end}.aig" for end in ("-first", "-second", "-miter")]
    files = {names[0]: aiger_bytes(first, False), names[1]: aiger_bytes(second, False)}
    return Task(name, files, [proof_commands(*names)], names[2:])
