"""The chain of checks from PyTorch to the bitstream: what each link found, as a file and a table.

A link's file says of which files it holds, by their sha256: it is shown only as long as they are
the same.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.files import FileDamaged, make_folder
from gen.forms import Maybe, check_form
from gen.times import read_timed, write_timed

__all__ = [
    "EXHAUSTIVE",
    "FAILED",
    "FOLDER",
    "FORMAT",
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
BETWEEN = {
    1: "PyTorch == integer network == melted",
    2: "melted == simplified == mapped",
    3: "mapped == RTL",
    4: "RTL == netlist",
    5: "netlist == bitstream",
}
"""What each link compares."""
SHARED_BETWEEN = {number: text for number, text in BETWEEN.items() if number != 2} | {
    3: "melted == RTL, time-shared"
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
    are of a time-shared core."""

    number: int
    name: str
    checks: tuple[Check, ...]
    shared: bool = False

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


def finish(build: Path, link: Link, files: Iterable[str]) -> dict[str, Any]:
    """Write `build`/verify/<name>.json and return its value; `files` are what the link is about."""
    value = {
        "format": FORMAT,
        "link": link.number,
        "name": link.name,
        "between": (SHARED_BETWEEN if link.shared else BETWEEN)[link.number],
        "verdict": link.verdict,
        "fault": link.fault,
        "seconds": round(sum(check.seconds for check in link.checks), 2),
        "checks": [asdict(check) for check in link.checks],
        "files": {name: _digest(build / name) for name in files},
    }
    write_timed(build / FOLDER / f"{link.name}.json", value)
    return value


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_links(build: Path) -> list[dict[str, Any]]:
    """Values of the links of a build folder whose files are still the same, by number."""
    found = []
    for path in sorted((build / FOLDER).glob("*.json")):
        value = read_timed(path, FORMAT)
        try:
            check_form(value, FORM)
        except ValueError as error:
            raise FileDamaged(f"{path}: no link's file ({error}); run `make verify`") from None
        if all(_digest(build / name) == digest for name, digest in value["files"].items()):
            found.append((value["link"], value))
    return [value for _, value in sorted(found, key=lambda pair: pair[0])]


def table(links: Sequence[dict[str, Any]]) -> str:
    """Lines for a terminal: each link, and below it its checks."""
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
    return "\n".join(lines)


def check_chosen(chosen: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """The links asked for, all where none is named; raises LinkBroken for one that is unknown."""
    for name in chosen:
        if name not in known:
            raise LinkBroken(f"link {name!r} is unknown; known here are {', '.join(known)}")
    return chosen or known


def close(links: Sequence[dict[str, Any]], held: Path | None = None) -> None:
    """Raise LinkBroken where a link failed or was not decided; one that was not run is neither.

    The file `held` is touched only where all were run and hold.
    """
    for link in links:
        if link["verdict"] in (FAILED, UNDECIDED):
            raise LinkBroken(
                f"link {link['link']}, {link['between']}: {link['verdict']}: {link['fault']}"
            )
    if held is not None and all(link["verdict"] != NOT_RUN for link in links):
        make_folder(held.parent)
        held.touch()


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
            "fault": "`make verify` runs it",
            "seconds": 0.0,
            "checks": [],
        }
        for number, between in (SHARED_BETWEEN if shared else BETWEEN).items()
    ]
