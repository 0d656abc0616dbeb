"""The chain of checks from PyTorch to the bitstream: what each link found, as a file and a table.

A link's file says which files were read, by their sha256: it is shown only as long as they are the
same.
"""

import hashlib
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.files import FileDamaged
from gen.forms import Maybe, check_form
from gen.times import read_timed, write_timed

__all__ = [
    "EXHAUSTIVE",
    "FAILED",
    "FOLDER",
    "FORMAT",
    "IMPORTED",
    "IMPORTED_SHARED",
    "NOT_RUN",
    "PROVED",
    "SIMULATED",
    "UNDECIDED",
    "Check",
    "Found",
    "Link",
    "LinkBroken",
    "check_chosen",
    "close",
    "digests",
    "finish",
    "read_links",
    "table",
    "timed",
    "whole_chain",
]

FORMAT = "smelt-link-1"
FOLDER = "verify"
PROVED, EXHAUSTIVE, SIMULATED = "proved", "exhaustive", "simulated"
NOT_RUN, UNDECIDED, FAILED = "not run", "not decided", "failed"
ORDER = (PROVED, EXHAUSTIVE, SIMULATED, NOT_RUN, UNDECIDED, FAILED)
"""From the best verdict to the worst."""
RUN = "`make verify` runs it"
READ, AFTER = "     read: ", "           "
BETWEEN = {
    1: "PyTorch == integer network == melted",
    2: "melted == simplified == mapped",
    3: "mapped == RTL",
    4: "RTL == netlist",
    5: "netlist == bitstream",
}
"""What each link compares."""
IMPORTED = "imported network == melted"
"""What link 1 compares where no network was trained here."""
IMPORTED_SHARED = "imported network == its vectors"
"""The same of a time-shared core."""
SHARED_BETWEEN = {number: text for number, text in BETWEEN.items() if number != 2} | {
    1: "PyTorch == integer network",
    3: "integer network == RTL, time-shared",
}
"""The same of a time-shared core, which is made of the network without any mapping."""
_VERDICT = {"verdict": frozenset(ORDER), "seconds": Maybe(float), "fault": str}
FORM = {
    "link": range(1, 6),
    "name": str,
    "between": str,
    "files": {str: str},
    **_VERDICT,
    "checks": [{"what": str, "method": str, **_VERDICT}],
}
"""A link's file (`gen.forms`)."""


class LinkBroken(SmeltError):
    """A link of the chain does not hold, or could not be decided."""


@dataclass(frozen=True)
class Found:
    """What a check came to: verdict, how it was done, what is wrong or why it was not run."""

    verdict: str
    method: str
    fault: str = ""


@dataclass(frozen=True)
class Check:
    """A check of a link; one that does not `decide` can break the link, but does not make it."""

    what: str
    verdict: str
    method: str
    seconds: float
    fault: str = ""
    decides: bool = True


@dataclass(frozen=True)
class Link:
    """Two forms of the design that were compared (BETWEEN), by these checks; `shared` where they
    are of a time-shared core, `where` says on which inputs, if not on all; `compared` instead of
    BETWEEN's words where there is no trained network."""

    number: int
    name: str
    checks: tuple[Check, ...]
    shared: bool = False
    where: str = ""
    compared: str = ""

    @property
    def verdict(self) -> str:
        """The worst verdict of the checks that decide; a difference anywhere breaks the link."""
        broken = [check.verdict for check in self.checks if check.verdict == FAILED]
        deciding = [check.verdict for check in self.checks if check.decides]
        return max([*broken, *deciding], key=ORDER.index)

    @property
    def fault(self) -> str:
        """What is wrong, or why the link was not run; nothing where it holds."""
        worst = [check.fault for check in self.checks if check.verdict == self.verdict]
        return next((fault for fault in worst if fault), "")


def timed(what: str, check: Callable[[], Found], decides: bool = True) -> Check:
    """Run a check and time it."""
    start = time.monotonic()
    found = check()
    seconds = round(time.monotonic() - start, 2)
    return Check(what, found.verdict, found.method, seconds, found.fault, decides)


def digests(build: Path, files: Iterable[str]) -> dict[str, str]:
    """The sha256 of files of a folder, taken before they are checked; "" of one that is missing."""
    return {name: _digest(build / name) for name in files}


def finish(build: Path, link: Link, read: Mapping[str, str]) -> dict[str, Any]:
    """Write `build`/verify/<name>.json and return its value; `read` is `digests` of the files.

    Raises LinkBroken where a file is not the same any more: what was checked lies there no longer.
    """
    for name, digest in read.items():
        if _digest(build / name) != digest:
            raise LinkBroken(
                f"{build / name}: changed while it was checked; run `make verify` again"
            )
    between = link.compared or (SHARED_BETWEEN if link.shared else BETWEEN)[link.number]
    value = {
        "format": FORMAT,
        "link": link.number,
        "name": link.name,
        "between": ", ".join(filter(None, (between, link.where))),
        "verdict": link.verdict,
        "fault": link.fault,
        "seconds": round(sum(check.seconds for check in link.checks), 2),
        "checks": [asdict(check) for check in link.checks],
        "files": dict(read),
    }
    write_timed(build / FOLDER / f"{link.name}.json", value)
    return value


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_links(build: Path) -> list[dict[str, Any]]:
    """Values of the links of a build folder, by number; one of whose files any has changed since is
    not run."""
    found = []
    for path in sorted((build / FOLDER).glob("*.json")):
        value = read_timed(path, FORMAT)
        try:
            check_form(value, FORM)
        except ValueError as error:
            raise FileDamaged(f"{path}: no link's file ({error}); run `make verify`") from None
        files = value["files"].items()
        changed = [name for name, digest in files if _digest(build / name) != digest]
        found.append((value["link"], _stale(value, changed[0]) if changed else value))
    return [value for _, value in sorted(found, key=lambda pair: pair[0])]


def _stale(value: dict[str, Any], name: str) -> dict[str, Any]:
    why = f"{Path(name).name} has changed since; {RUN}"
    return value | {"verdict": NOT_RUN, "fault": why, "seconds": 0.0, "checks": [], "files": {}}


def table(links: Sequence[dict[str, Any]]) -> str:
    """Lines for a terminal: each link, below it its checks and the digests of what it read."""
    lines = []
    for link in links:
        taken = link["seconds"] or 0
        lines.append(f"{link['link']}  {link['between']:<38} {link['verdict']:<12}{taken:>8.1f} s")
        for check in link["checks"]:
            fault = f" -- {check['fault']}" if check["fault"] else ""
            lines.append(
                f"     {check['verdict']:<12}{check['seconds'] or 0:>7.1f} s  {check['what']}:"
                f" {check['method']}{fault}"
            )
        read = [f"{name}:{digest[:12] or 'missing'}" for name, digest in link["files"].items()]
        lines += textwrap.wrap(", ".join(read), 99, initial_indent=READ, subsequent_indent=AFTER)
    return "\n".join(lines)


def check_chosen(chosen: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """The links asked for, all where none is named; raises LinkBroken for one that is unknown."""
    for name in chosen:
        if name not in known:
            raise LinkBroken(f"link {name!r} is unknown; known here are {', '.join(known)}")
    return chosen or known


def close(links: Sequence[dict[str, Any]]) -> None:
    """Raise LinkBroken where a link failed or was not decided; one that was not run is neither."""
    for link in links:
        if link["verdict"] in (FAILED, UNDECIDED):
            raise LinkBroken(
                f"link {link['link']}, {link['between']}: {link['verdict']}: {link['fault']}"
            )


def whole_chain(links: Iterable[dict[str, Any]], shared: bool = False) -> list[dict[str, Any]]:
    """All links by number, of a time-shared core where `shared`; those that there are no files of
    are not run."""
    found = {link["link"]: link for link in links}
    return [
        found.get(number)
        or {
            "link": number,
            "between": between,
            "verdict": NOT_RUN,
            "fault": RUN,
            "seconds": 0.0,
            "checks": [],
            "files": {},
        }
        for number, between in (SHARED_BETWEEN if shared else BETWEEN).items()
    ]
