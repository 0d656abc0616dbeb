"""A pytest plugin for a short look: `-p tests.deadline --seconds 30` starts no test after that.

What was not started is skipped, and counted in the closing line.
"""

import time

import pytest

ENDS = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seconds", type=float, default=60, help="start no test after so many")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ENDS] = time.monotonic() + config.getoption("--seconds")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.monotonic() > item.config.stash[ENDS]:
        pytest.skip("the time is up; `make test` runs all tests")
