"""What a core may be called."""

import subprocess
from pathlib import Path

import pytest

from gen.ip.names import KEYWORDS, NameWrong, check_lut, check_name, files, module_name
from tests.gen.ip.builds import NO_ICARUS


@pytest.mark.parametrize("name", ["panel", "a", "A9_z", "Module", "x" * 64])
def test_names_that_modules_can_have(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "no name of a module"),
        ("2x", "no name of a module"),
        ("a-b", "no name of a module"),
        ("a b", "no name of a module"),
        ("a\n", "no name of a module"),
        ("_a", "no name of a module"),
        ("straße", "no name of a module"),
        ("x" * 65, "no name of a module"),
        ("module", "a keyword of Verilog"),
        ("logic", "a keyword of Verilog"),
        ("SB_LUT4", "a cell of a vendor"),
        ("LUT6", "a cell of a vendor"),
        ("a_axis", "ends in _axis"),
        ("a_tb", "ends in _tb"),
        ("a_lut6", "ends in _lut6"),
    ],
)
def test_names_wrong(name: str, why: str) -> None:
    with pytest.raises(NameWrong, match=why) as caught:
        check_name(name)
    assert str(caught.value).startswith(f"--name {name}: ")


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ("digits-lut", "digits_lut"),
        ("small", "small_net"),  # a keyword: the strength of a charge
        ("3x3", "n_3x3"),
        ("my_axis", "my_axis_net"),
        ("é", "unnamed"),
        ("W.2+a@b", "w_2_a_b"),
    ],
)
def test_a_recipe_of_any_name_has_a_core(recipe: str, name: str) -> None:
    assert module_name(recipe) == name


def test_a_recipe_of_the_longest_name_has_a_core() -> None:
    assert check_name(module_name("a" * 100))
    assert check_name(module_name("a" * 60 + "_axis" + "b" * 30))


@pytest.mark.skipif(NO_ICARUS, reason="it is Icarus's keywords that are asked for")
def test_no_keyword_is_missing_that_a_tool_knows(tmp_path: Path) -> None:
    """Every word that Icarus takes for a keyword: a module cannot be called so."""
    likely = sorted(KEYWORDS)
    for number, word in enumerate(likely):
        (tmp_path / f"{number}.v").write_text(f"module {word}; endmodule\n")
    accepted = [
        word
        for number, word in enumerate(likely[:40])
        if not subprocess.run(
            ["iverilog", "-g2012", "-t", "null", f"{number}.v"],
            cwd=tmp_path, capture_output=True, check=False,
        ).returncode
    ]  # fmt: skip
    # Icarus 11 does not know all of SystemVerilog's.
    assert set(accepted) <= {"checker", "accept_on", "alias"}


@pytest.mark.parametrize("inputs", [3, 4, 5, 0, -6, 7])
def test_lut_wrong(inputs: int) -> None:
    with pytest.raises(NameWrong, match=rf"^--lut {inputs}: tables of 6 inputs are written"):
        check_lut(inputs)


def test_two_cores_have_no_file_in_common_but_the_papers() -> None:
    common = set(files("one", 6)) & set(files("two", 6))
    assert common == {"datasheet.md", "datasheet.html", "timing.svg"}
