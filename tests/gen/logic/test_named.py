"""Names of bits: what they say of the signal, the element, the bit and the step."""

import pytest

from gen.logic.named import Named, layer_of, named


@pytest.mark.parametrize(
    ("name", "parts", "whole"),
    [
        ("x", ("x", None, None, ""), "x"),
        ("layer1[3]", ("layer1", 3, None, ""), "layer1[3]"),
        ("layer12[30].1", ("layer12", 30, 1, ""), "layer12[30]"),
        ("m.a[3].1", ("m.a", 3, 1, ""), "m.a[3]"),
        ("m.b[0]@2", ("m.b", 0, None, "@2"), "m.b[0]@2"),
        ("h.next[4].10@12", ("h.next", 4, 10, "@12"), "h.next[4]@12"),
        ("class.0@4", ("class", None, 0, "@4"), "class@4"),
        ("m.class.1", ("m.class", None, 1, ""), "m.class"),
        ("", ("", None, None, ""), ""),
        ("a[b].c@d", ("a[b].c@d", None, None, ""), "a[b].c@d"),
    ],
)
def test_a_name_is_read(
    name: str, parts: tuple[str, int | None, int | None, str], whole: str
) -> None:
    assert named(name) == Named(*parts)
    assert (named(name).whole, layer_of(name)) == (whole, parts[0])
