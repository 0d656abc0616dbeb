"""What was said to make: read as it was written, and refused where it would not survive a shell."""

from pathlib import Path

import pytest

from gen.make.words import Said, SaidWrong, check_name, read_said

SETTABLE = (
    "BOARD RECIPE SEEDS OUTPUTS STAGE_DEPTH FMAX CARE FORM WEIGHTS CLOCK PYTHON VENV OUT NETS NAME"
    " LUT RETRAIN"
)
GOOD = {
    "BOARD": "icebreaker",
    "RECIPE": "digits",
    "SEEDS": "5",
    "OUTPUTS": "all",
    "FORM": "shared",
    "STAGE_DEPTH": "22",
    "CARE": "auto",
    "WEIGHTS": "ram",
    "CLOCK": "board",
    "VENV": ".venv",
}


def said(flags: str = "", goals: str = "synth", **values: str) -> Said:
    made = {f"SMELT_MAKE_{name}": value for name, value in (GOOD | values).items()}
    made |= {"SMELT_MAKE_SETTABLE": SETTABLE, "SMELT_MAKE_GOALS": goals, "MAKEFLAGS": flags}
    return read_said(made | {"SMELT_MAKE_CALLER": "/here"})


def test_values_and_targets() -> None:
    found = said(goals="map hdl", RECIPE="/a b/$x'.npz")
    assert found.goals == ("map", "hdl")
    assert found["RECIPE"] == "/a b/$x'.npz"
    assert found["NETS"] == ""
    assert found.caller == Path("/here")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"NAME": "module"}, "NAME=module: is a keyword of Verilog"),
        ({"NAME": "a b"}, "NAME=a b: no name of a module"),
        ({"LUT": "3"}, "LUT=3: expected 6"),
        ({"FORM": "shared"}, "FORM=shared: `make ip` makes a part of the parallel form"),
    ],
)
def test_a_part_that_cannot_be_wrong(values: dict[str, str], message: str) -> None:
    with pytest.raises(SaidWrong, match=message):
        said(goals="ip", **{"FORM": "parallel"} | values)


def test_a_part() -> None:
    found = said(goals="ip", FORM="parallel", NAME="panel", LUT="6")
    assert (found["NAME"], found["LUT"]) == ("panel", "6")


def test_retrain_is_said_or_not() -> None:
    assert said(FORM="parallel", RETRAIN="1")["RETRAIN"] == "1"
    with pytest.raises(SaidWrong, match="RETRAIN=yes: expected 1: train anew"):
        said(FORM="parallel", RETRAIN="yes")


@pytest.mark.parametrize(
    ("flags", "dry"),
    [
        ("", False),
        (" -- RECIPE=nnn", False),
        ("n", True),
        ("n -- SEEDS=1", True),
        ("kn -j2 -- SEEDS=1", True),
        ("q", True),
        (" --no-print-directory -- SEEDS=1", False),
        (" -j4 --jobserver-auth=3,4", False),
    ],
)
def test_only_looking(flags: str, dry: bool) -> None:
    assert said(flags).dry == dry


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (" -- SEED=3", "SEED=3: there is no such setting; did you mean SEEDS? known: BOARD,"),
        (
            "n -- RECIPE=x STAGEDEPTH=2",
            "STAGEDEPTH=2: there is no such setting; did you mean STAGE",
        ),
        (" -- seeds=3", "seeds=3: there is no such setting; did you mean SEEDS?"),
        (r" -- RECIPE=a\ SEED=1 CLK=1", "CLK=1: there is no such setting; did you mean CLOCK?"),
        (" -- XYZZY=a$$b", "XYZZY=a$b: there is no such setting; known: BOARD, RECIPE,"),
    ],
)
def test_a_setting_that_there_is_not_wrong(flags: str, message: str) -> None:
    with pytest.raises(SaidWrong) as caught:
        said(flags)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("flags", [" -- SEEDS=3 RECIPE=x", r" -- RECIPE=a\ SEED=1", " -- OUT:=x"])
def test_settings_that_there_are(flags: str) -> None:
    assert said(flags).goals == ("synth",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("SEEDS", value) for value in ("0", "-1", "1.5", "five", "", "1 2", "01", "1\n")],
        *[("STAGE_DEPTH", value) for value in ("0", "x", "$(shell ls)")],
        *[("OUTPUTS", value) for value in ("", "a;b", "class, score", "class,", "-x", "$x")],
        *[("FMAX", value) for value in ("0", "-3", "x", "0.0", "1e9", "48MHz")],
        *[("FORM", value) for value in ("", "Shared", "paralel")],
        *[("CLOCK", value) for value in ("0", "1000", "-1", "fast", "")],
        *[("CARE", value) for value in ("", "maybe", "Yes")],
        ("WEIGHTS", "rom"),
        *[("VENV", value) for value in ("a b", "a;b", "-x", "a$b")],
        *[("OUT", value) for value in ("a b", "a'b", "-x", "a%b", "a#b")],
        ("RECIPE", "a\nb.npz"),
    ],
)
def test_values_wrong(name: str, value: str) -> None:
    with pytest.raises(SaidWrong) as caught:
        said(**{name: value})
    assert str(caught.value).startswith(f"{name}=")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("FMAX", value) for value in ("", "48", "12.5", "0.5", "100")],
        *[("CARE", value) for value in ("auto", "yes", "no")],
        *[("CLOCK", value) for value in ("board", "auto", "16", "48.5", "100", "999", "0.5")],
        *[("OUTPUTS", value) for value in ("class", "class,score", "all", "sähne")],
        *[("OUT", value) for value in ("", "/tmp/a@b/c-d.e", "../x", "bäu")],
    ],
)
def test_values_right(name: str, value: str) -> None:
    assert said(**{name: value})[name] == value


@pytest.mark.parametrize("name", ["digits", "a@b", "net.v2", "é1", "日本", "a-b_c+d", "1"])
def test_names_of_folders(name: str) -> None:
    check_name(name, "RECIPE=x")


@pytest.mark.parametrize("bad", list(" '\"()#:;$*?[]{}%\\=`~|&<>!,^\n\t") + ["/"])
def test_names_that_no_folder_should_have_wrong(bad: str) -> None:
    for name in (f"a{bad}b", f"{bad}a", f"a{bad}"):
        with pytest.raises(SaidWrong, match="would name a folder, and can hold letters"):
            check_name(name, "RECIPE=x")


@pytest.mark.parametrize("name", ["", "-a", ".a", "..", "@a", "+a", "a" * 101])
def test_names_that_begin_badly_or_are_too_long_wrong(name: str) -> None:
    with pytest.raises(SaidWrong):
        check_name(name, "RECIPE=x")
