"""`python -m tests.changed`: run the tests of what changed since the main branch, for a while.

The tests of a module are the file of its name where tests/ mirrors it, else the folder's, and all
that import it; of another file, the tests that name it. Changed tests come first, then those that
mirror a changed module, then the others. Slow ones are left to `make test`.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TRUNKS = ("main", "origin/main", "master", "origin/master")


def changed(root: Path) -> list[Path]:
    """Files, relative to `root`, that differ from where this branch left the main one.

    On the main branch itself: from the last commit. Files not yet known to git count too.
    """
    base = next(filter(None, (_git(root, "merge-base", "HEAD", one) for one in TRUNKS)), "HEAD")
    differ = _git(root, "diff", "--name-only", "--no-renames", base.strip())
    fresh = _git(root, "ls-files", "--others", "--exclude-standard")
    return sorted({Path(name) for name in (differ + fresh).splitlines()})


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def find_tests(files: Iterable[Path], root: Path) -> list[Path]:
    """The test files of changed files, the nearest first; all relative to `root`."""
    every = {path.relative_to(root): path.read_text() for path in root.glob("tests/**/*.py")}
    tests = {path: text for path, text in every.items() if path.name.startswith("test_")}
    imports = {path: _imported(text) for path, text in every.items()}
    files = list(files)
    found = [path for path in files if path in tests]
    found += [test for path in files for test in _mirrored(path, tests)]
    for path in files:
        if path.suffix == ".py":
            found += _importers(_module(path), imports)
        else:
            found += [test for test, text in tests.items() if path.name in text]
    if any(path.suffix == ".py" for path in files):
        found.append(Path("tests/test_imports.py"))
    return list(dict.fromkeys(test for test in found if test in tests))


def _mirrored(path: Path, tests: Iterable[Path]) -> list[Path]:
    """tests/a/b/test_c.py of a/b/c.py, else the tests in tests/a/b."""
    if path.suffix != ".py":
        return []
    folder = path.parent if path.parts[0] == "tests" else "tests" / path.parent
    own = folder / f"test_{path.name}"
    return [own] if own in tests else sorted(test for test in tests if test.parent == folder)


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(source: str) -> set[str]:
    """Everything that a source imports: modules, and the names taken from them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _importers(module: str, imports: dict[Path, set[str]]) -> list[Path]:
    """Tests that import a module, themselves or through what tests share; those of little else
    first."""
    reached, ends = {module}, []
    for _ in imports:
        new = {path for path, names in imports.items() if names & reached} - set(ends)
        ends += sorted(new, key=lambda path: (len(imports[path]), path))
        reached = {_module(path) for path in new}
        if not new:
            break
    return ends


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.changed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="start no test after so many")
    args = parser.parse_args(argv)
    files = changed(ROOT)
    tests = find_tests(files, ROOT)
    if not tests:
        print(f"{len(files)} files changed, none with tests")
        return 0
    print(f"{len(files)} files changed: for {args.seconds:g} s, the tests of {len(tests)} files")
    command = [sys.executable, "-m", "pytest", "-n", "auto", "-m", "not long and not slow"]
    command += ["-p", "tests.deadline", "--seconds", f"{args.seconds:g}", *map(str, tests)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
