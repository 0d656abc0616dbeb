"""Which links of the chain are taken from which folder of a build."""

from pathlib import Path
from typing import Any

import pytest

from boards.bits.commands import links_of


def test_each_link_is_taken_from_the_folder_that_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every folder has a file of each link; those of the wrong folder are of another design."""
    core, board = tmp_path / "net", tmp_path / "net" / "icebreaker"

    def read(folder: Path) -> list[dict[str, Any]]:
        return [{"link": number, "of": folder} for number in range(1, 6)]

    monkeypatch.setattr("gen.proof.chain.read_links", read)
    build = {"core_description": {"family": "ice40"}, "board": {"family": "ice40"}}
    monkeypatch.setattr("boards.build.synth.recipe_folder", lambda *_: core)
    for shared, recipe in ((True, tmp_path), (False, core)):
        monkeypatch.setattr("boards.build.core.is_shared", lambda _, shared=shared: shared)
        found = [(link["link"], link["of"]) for link in links_of(build, core, board)]
        assert found == [(1, recipe), (2, recipe), (3, core), (4, board), (5, board)]
