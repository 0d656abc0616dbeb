"""Descriptions of any kind: read, or refused in one line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.errors import SmeltError
from gen.imports.checked import checked
from gen.imports.module.described import read_described
from gen.imports.module.graph import Graph, exported
from gen.imports.module.read import read_module
from gen.imports.said import Said
from tests.gen.imports.module.nets import Clamped, drawn

KEYS = ("shape", "bits", "signed", "scale", "offset", "classes", "encoder", "care", "rows", "round")
WORDS = st.sampled_from(["", "a", "kind", "bits", "groups", "thermometer", "\n"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 20) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner),
    max_leaves=6,
)
TABLES = st.dictionaries(st.sampled_from([*KEYS, "other"]), ANYTHING, max_size=4)


@settings(max_examples=300, deadline=None)
@given(TABLES)
def test_any_table_is_read_or_refused(table: dict[str, Any]) -> None:
    refused = "net.py:make()"
    try:
        found = read_described({"shape": [4], **table}, "net.py:make()")
        assert found.tensor(np.zeros((2, found.size), np.int64)).shape == (2, *found.shape)
    except SmeltError as error:
        refused = str(error)
    assert "\n" not in refused
    assert refused.startswith("net.py:make()")


@pytest.fixture(scope="module")
def one_graph() -> Iterator[None]:
    """A module is exported once: only what is said of it varies."""
    kept: list[Graph] = []

    def once(*given: Any) -> Graph:
        kept.extend([] if kept else [exported(*given)])
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gen.imports.module.read.exported", once)
        yield


META = st.fixed_dictionaries({}, optional=dict.fromkeys(("classes", "encoder", "care"), ANYTHING))


@settings(max_examples=100, deadline=None)
@given(META)
def test_any_meta_makes_a_network_or_is_refused(one_graph: None, table: dict[str, Any]) -> None:
    module, refused = drawn(Clamped((4, 5, 3))), ""
    try:
        found = read_module(module, {"shape": [4], **table}, Path(__file__), "net.py:make()")
        checked(found, Said(Path(__file__)), 10)
    except SmeltError as error:
        refused = str(error)
    assert "\n" not in refused
