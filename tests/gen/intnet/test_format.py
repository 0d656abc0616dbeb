"""FORMAT.md cannot rot: its examples are run, read, melted, and give what it says they give."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.intnet import files
from gen.intnet.files import load
from gen.intnet.interpret import interpret, run_steps
from gen.intnet.network import NODES, IntNet
from gen.intnet.node import EXACT, MOST_ELEMENTS
from gen.melt.melt import melt
from gen.melt.proof.check import check_melted
from gen.nets.freezing.vectors import make_vectors

TEXT = (Path(files.__file__).parent / "FORMAT.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> dict[str, str]:
    """The Python block of every section, by its heading."""
    found = {}
    for section in re.split(r"^##+ ", TEXT, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        blocks = BLOCK.findall(body)
        if blocks:
            (found[heading],) = blocks
    return found


EXAMPLES = examples()
FIRST = "The file"


def run(heading: str) -> tuple[IntNet, dict[str, Any]]:
    """The network that an example writes into the current folder, and the names it sets."""
    names: dict[str, Any] = {}
    exec(EXAMPLES[FIRST], names)
    before = set(names)
    exec(EXAMPLES[heading], names)
    return load(Path("net.npz")), {k: v for k, v in names.items() if k not in before}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_node_has_an_example() -> None:
    assert set(NODES) < set(EXAMPLES)
    for op in NODES:
        net, _ = run(op)
        assert net.nodes[-1].op == op


@pytest.mark.parametrize("heading", [heading for heading in EXAMPLES if heading != FIRST])
def test_an_example_gives_what_it_says(heading: str) -> None:
    net, said = run(heading)
    check_melted(net, melt(net))
    make_vectors(net, 16)
    if "steps" in said:
        steps = {name: np.array(values) for name, values in said["steps"].items()}
        values = run_steps(net, steps.pop("x")[:, None, None])
        found = {name: np.array([value[name] for value in values]).ravel() for name in steps}
        said = steps
    else:
        found = interpret(net, np.array(said.pop("x")))
        said |= said.pop("answer", {})
    assert said
    assert said.keys() <= found.keys()
    for name, wanted in said.items():
        assert np.array_equal(found[name], wanted), name


def test_every_key_and_array_is_described() -> None:
    for op, kind in NODES.items():
        section = TEXT.split(f"### {op}\n")[1].split("\n##")[0]
        for word in (*kind.ARRAYS, *kind.OPTIONS):
            assert f"`{word}`" in section, (op, word)
            assert f'{op}/{word}"' in section or word in EXAMPLES[op], (op, word)


def test_limits_and_versions_are_those_of_the_code() -> None:
    assert f"2^24 = {EXACT:,}" in TEXT
    assert f"1 to {MOST_ELEMENTS:,}" in TEXT
    for version in files.READ:
        assert f'"{version}"' in TEXT
