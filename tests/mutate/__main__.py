"""`python -m tests.mutate`: plant mutants, and list those that no test sees."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.mutate.mutants import Mutant, draw
from tests.mutate.rooms import asked_about, sources_of
from tests.mutate.runs import ROOT, Asked, Copy, load_libraries

SURVIVORS = Path(__file__).with_name("survivors.md")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    made.add_argument("--count", type=int, default=150, help="mutants in all (default 150)")
    made.add_argument("--seed", type=int, default=0, help="which of them (default 0)")
    made.add_argument("--only", metavar="PATH", help="a room or module, such as gen/melt")
    made.add_argument("--skip", type=int, default=0, help="leave out so many of the first")
    made.add_argument("--slow", action="store_true", help="run tests that are marked slow too")
    made.add_argument("--list", action="store_true", help="only say what would be planted")
    return made


def main() -> int:
    args = parser().parse_args()
    sources = sources_of(ROOT, args.only)
    mutants = draw(sources, args.count, args.seed)
    if not mutants:
        raise SystemExit(f"mutate: {args.only}: nothing to change there")
    if args.list:
        print(*mutants, sep="\n")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load_libraries()
    groups: dict[tuple[str, ...], list[Mutant]] = {}
    for one in mutants[args.skip :]:
        groups.setdefault(asked_about(one.path), []).append(one)
    left: list[Mutant] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path(folder), slow=args.slow)
        for tests, group in groups.items():
            touched = {one.path: sources[one.path] for one in group}
            asked = Asked(copy, touched, tests)
            for name in asked.failed:
                print(f"left out, as it fails without any change: {name}", flush=True)
            left += [one for one in group if survives(one, sources[one.path], asked)]
    return report(left, len(mutants) - args.skip)


def survives(one: Mutant, source: str, asked: Asked) -> bool:
    """Plant a mutant, run the tests that may see it, and say how it went."""
    start, path = time.monotonic(), asked.copy.root / one.path
    path.write_text(one.planted(source), encoding="utf-8")
    try:
        reaching = asked.reaching(one.path, one.block)
        log = asked.copy.root.parent / "run.log"
        log.unlink(missing_ok=True)
        dead = asked.kill(reaching, log) or asked.kill(asked.others(reaching), log)
    finally:
        path.write_text(source, encoding="utf-8")
    word = "killed" if dead else "SURVIVED"
    print(f"{word} in {time.monotonic() - start:.0f} s: line {one.line}: {one}", flush=True)
    return not dead


def report(left: list[Mutant], count: int) -> int:
    """Say how many lived, and which of them nobody has explained; 0 where all are explained."""
    known = SURVIVORS.read_text(encoding="utf-8") if SURVIVORS.exists() else ""
    new = [one for one in left if str(one) not in known]
    killed = count - len(left)
    print(f"{killed} of {count} killed ({100 * killed / count:.1f} %), {len(left)} survived")
    for one in new:
        print(f"not explained in {SURVIVORS.name}: {one}")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
