"""What a bench is told and what it answers, as files: a bench runs inside the simulator."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from gen.files import read_json, reading, write_text
from gen.forms import COUNT, Maybe
from hw.shape import CoreShape

__all__ = [
    "JOB_VARIABLE",
    "Answer",
    "Job",
    "Mismatch",
    "read_answer",
    "read_job",
    "write_answer",
    "write_job",
]

JOB_VARIABLE = "SMELT_SIM_JOB"
SHOWN = 5
ANSWER = {
    "compared": COUNT,
    "mismatches": COUNT,
    "shown": [{"vector": Maybe(COUNT), "got": str, "text": str}],
}


@dataclass(frozen=True)
class Job:
    """Vectors to drive; integers whose bit j is input or output bit j.

    `answer` is the file that the bench writes, beside the job's own unless it is a whole path;
    `live` and `reset` are the core's inputs that are read and that starts a sequence; `divisor` is
    the top level's. An input may follow another after `interval` cycles. A core with `feedback`
    goes on by itself as `written` says: inputs of some steps, and the first bytes of the outputs
    from the last of them on.
    """

    answer: str
    n_in: int
    n_out: int
    latency: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    outputs_layout: tuple[tuple[str, int], ...] = ()
    live: tuple[int, ...] = ()
    reset: int | None = None
    divisor: int = 0
    interval: int = 1
    feedback: tuple[int, ...] = ()
    written: tuple[tuple[tuple[int, ...], bytes], ...] = ()

    @property
    def shape(self) -> CoreShape:
        """The core as the gateware knows it."""
        return CoreShape.of(
            self.n_in,
            self.outputs_layout,
            self.live,
            self.reset,
            paced=self.interval > 1,
            feedback=self.feedback,
        )


@dataclass(frozen=True)
class Mismatch:
    """One difference: the vector's place in the job (None: none under way), and what came."""

    vector: int | None
    got: str
    text: str = ""


@dataclass(frozen=True)
class Answer:
    """How many vectors a bench compared, how many differed, and the first few differences."""

    compared: int
    mismatches: int
    shown: tuple[Mismatch, ...]


def write_job(path: Path, job: Job) -> None:
    """Write `job`; integers go as hexadecimal text."""
    value = asdict(job)
    for name in ("inputs", "outputs"):
        value[name] = [f"{number:x}" for number in value[name]]
    value["written"] = [[list(given), made.hex()] for given, made in job.written]
    write_text(path, json.dumps(value))


def read_job() -> Job:
    """The job that the environment names."""
    path = Path(os.environ[JOB_VARIABLE])
    value = json.loads(path.read_text(encoding="utf-8"))
    value["answer"] = str(path.parent / value["answer"])
    for name in ("inputs", "outputs"):
        value[name] = tuple(int(text, 16) for text in value[name])
    value["outputs_layout"] = tuple((name, width) for name, width in value["outputs_layout"])
    value["live"], value["feedback"] = tuple(value["live"]), tuple(value["feedback"])
    value["written"] = tuple((tuple(given), bytes.fromhex(x)) for given, x in value["written"])
    return Job(**value)


def write_answer(path: Path, compared: int, mismatches: list[Mismatch]) -> None:
    """Write what a bench found; a difference that came again counts once."""
    different = tuple(dict.fromkeys(mismatches))
    answer = Answer(compared, len(different), different[:SHOWN])
    write_text(path, json.dumps(asdict(answer)))


def read_answer(path: Path) -> Answer | None:
    """Read what a bench found; None where it never got that far."""
    if not path.is_file():
        return None
    value = read_json(path, form=ANSWER)
    with reading(path, "a bench's answer", "simulate again"):
        shown = tuple(Mismatch(**mismatch) for mismatch in value["shown"])
        return Answer(value["compared"], value["mismatches"], shown)
