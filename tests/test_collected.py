"""No test is left out without a word."""

from fnmatch import fnmatch

import pytest

from tests.conftest import ROOT


def test_pytest_looks_into_every_folder(pytestconfig: pytest.Config) -> None:
    """Its own list of folders to pass over has `build`, as one of the boards' rooms is called."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    names = {name for folder in folders for name in folder.relative_to(ROOT).parts}
    passed = pytestconfig.getini("norecursedirs")
    assert {name for name in names if any(fnmatch(name, one) for one in passed)} == set()


def test_every_folder_of_tests_is_a_package() -> None:
    """Else two files of one name are taken for each other."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()
