"""What mutants are drawn from, and which tests are asked about them."""

from pathlib import Path

__all__ = ["ROOMS", "sources_of", "asked_about"]

CHAIN = ("tests/gen/proof", "tests/boards/bits", "tests/gen/verify")
ROOMS: dict[str, tuple[str, ...]] = {
    "gen/ask/evidence": ("tests/gen/ask",),
    "gen/proof": CHAIN,
    "gen/verify": CHAIN,
    "gen/simplify": ("tests/gen/simplify",),
    "gen/map": ("tests/gen/map", "tests/gen/test_hdl.py"),
    "gen/melt": ("tests/gen/melt", "tests/gen/ask/network"),
    "gen/hdl.py": ("tests/gen/test_hdl.py", "tests/gen/map/test_registers.py"),
    "boards/bits": CHAIN,
}
"""Rooms and modules with the folders and files of their tests."""
ASKED: dict[str, tuple[str, ...]] = {
    "gen/ask": ("tests/gen/ask",),
    "gen/logic": ("tests/gen/logic", "tests/gen/ask/questions"),
}
"""More, drawn from only where `--only` names them."""


def sources_of(root: Path, only: str | None) -> dict[str, str]:
    """Paths and texts of the modules of all rooms, or below one path."""
    rooms = [only] if only else list(ROOMS)
    paths = [
        path for room in rooms for path in ([root / room, *sorted((root / room).rglob("*.py"))])
    ]
    kept = [path for path in paths if path.is_file() and path.name != "__main__.py"]
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in kept}


def asked_about(path: str) -> tuple[str, ...]:
    """The folders and files of tests of a module; all tests for what no room holds."""
    fitting = [room for room in ROOMS | ASKED if path == room or path.startswith(f"{room}/")]
    return (ROOMS | ASKED)[max(fitting, key=len)] if fitting else ("tests",)
