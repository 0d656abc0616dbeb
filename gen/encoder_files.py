"""The encoder for a host that is no Python: encoder.json, and a C header that makes whole frames.

Both follow from net.npz and core.json: what becomes of a value, which of the input bits the link
carries, and where in a frame. The frame is `hw.link`'s request for an answer.
"""

import re
from pathlib import Path
from typing import Any

from gen.data.encode import Code, Encoder, EncoderError, encoder_from_dict
from gen.data.own.columns import columns_from_dict
from gen.data.sensors import SensorEncoder
from gen.files import write_json, write_text
from gen.intnet.network import IntNet
from hw.shape import CoreShape

__all__ = ["FORMAT", "c_header", "describe_encoder", "write_encoder"]

FORMAT = "smelt-encoder-1"
WIDE = 12
"""Numbers to a line of the header."""


def write_encoder(net: IntNet, core: dict[str, Any], folder: Path) -> list[str]:
    """Write encoder.json and encoder.h beside a core.json of this value; the names of the files,
    none where the network has no encoder or the link cannot carry its inputs."""
    for name in ("encoder.json", "encoder.h"):
        (folder / name).unlink(missing_ok=True)
    if not net.meta.get("encoder"):
        return []
    try:
        value = describe_encoder(net, core)
    except ValueError:
        return []
    write_json(folder / "encoder.json", value)
    write_text(folder / "encoder.h", c_header(value))
    return ["encoder.json", "encoder.h"]


def describe_encoder(net: IntNet, core: dict[str, Any]) -> dict[str, Any]:
    """encoder.json's value.

    `features` are those of a sample, all steps of it: `first` is its first input bit within a step.
    On the host it has `thresholds`, and `codes`, of as many reached the input bits as a number, bit
    0 first; for a chip `bits`, `signed`, `scale`, `offset` of its sensor's integer. `carried` are
    the input bits that a frame's payload of `payload_bytes` carries, after `spare` bits of 0.
    """
    encoder = encoder_from_dict(net.meta["encoder"])
    known = net.meta.get("columns")
    names = columns_from_dict(known).features if known else ()
    steps = int(net.meta.get("steps", 1)) if net.states else 1
    if encoder.features % steps:
        raise EncoderError(f"{encoder.features} features are no {steps} equal steps")
    shape = CoreShape.of(
        core["inputs"],
        [(name, width) for name, width in core["outputs"]],
        core.get("live_inputs"),
        core.get("reset"),
    )
    width, starts = encoder.n_bits // steps, encoder.starts
    features = [
        {"name": name, "first": starts[at] % width, **_feature(encoder, at)}
        for at, name in enumerate(encoder.named(names))
    ]
    return {
        "format": FORMAT,
        "recipe": core["recipe"],
        "where": encoder.where,
        "steps": steps,
        "input_bits": width,
        "features": features,
        "carried": list(shape.live),
        "spare": shape.spare,
        "payload_bytes": shape.payload_bytes,
    }


def _feature(encoder: Encoder, at: int) -> dict[str, Any]:
    if isinstance(encoder, SensorEncoder):
        one = encoder.sensors[at].to_dict()
        return {key: one[key] for key in ("bits", "signed", "scale", "offset")}
    code = encoder.codes[at]
    count = len(code.thresholds)
    codes = [_code(code, reached) for reached in range(count + 1)]
    return {"bits": code.bits, "thresholds": list(code.thresholds), "codes": codes}


def _code(code: Code, reached: int) -> int:
    """A feature's bits as a number, bit 0 first, where it reaches so many thresholds."""
    if code.kind == "binary":
        return reached
    return 1 << reached if code.kind == "onehot" else (1 << reached) - 1


def c_header(value: dict[str, Any]) -> str:
    """encoder.h of encoder.json's value: one function, in C99 without any library."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", value["recipe"]).strip("_").lower() or "smelt"
    name = f"n_{name}" if name[0].isdigit() else name
    chip, each = value["where"] == "chip", len(value["features"]) // value["steps"]
    words = {
        "name": name,
        "NAME": name.upper(),
        "features": each,
        "input_bytes": -(-value["input_bits"] // 8),
        "payload": value["payload_bytes"],
        "spare": value["spare"],
        "count": len(value["carried"]),
        "carried": _numbers(value["carried"] or [0]),
        "type": "int32_t" if chip else "double",
        "takes": "integers as sensors give them" if chip else "values",
        "refuses": "is not within its sensor's bits" if chip else "is not a number",
        "steps": value["steps"],
        "names": _names(value, each),
        "tables": _sensor_tables(value, name) if chip else _code_tables(value, name),
        "encode": _ENCODE_CHIP if chip else _ENCODE_HOST,
    }
    # In one pass: a column may be called @step@.
    text = _HEADER.replace("@encode@", str(words["encode"]))
    return re.sub(r"@(\w+)@", lambda found: str(words[found[1]]), text)


def _names(value: dict[str, Any], each: int) -> str:
    """The features of a step, a line each where they have names."""
    names = [one["name"] for one in value["features"][:each]]
    if all(name == f"feature[{at}]" for at, name in enumerate(names)):
        return " * They have no names."
    plain = [_in_comment(name) for name in names]
    return "\n".join(f" *   {at}  {name}" for at, name in enumerate(plain))


def _in_comment(name: str) -> str:
    """A name that neither ends a comment nor begins another, and is no trigraph."""
    for mark in ("*/", "/*", "??"):
        while mark in name:
            name = name.replace(mark, f"{mark[0]} {mark[1]}")
    return " ".join(name.split())


def _sensor_tables(value: dict[str, Any], name: str) -> str:
    each = value["features"][: len(value["features"]) // value["steps"]]
    tables = {
        "uint32_t": {"first": [one["first"] for one in each]},
        "uint8_t": {
            "bits": [one["bits"] for one in each],
            "signed": [int(one["signed"]) for one in each],
        },
    }
    return "\n".join(_table(kind, f"{name}_{key}", rows) for kind, part in tables.items()
                     for key, rows in part.items())  # fmt: skip


def _code_tables(value: dict[str, Any], name: str) -> str:
    every = value["features"]
    starts, thresholds, codes = [0], list[float](), list[int]()
    for one in every:
        thresholds += one["thresholds"]
        codes += one["codes"]
        starts.append(len(thresholds))
    parts = [
        _table("uint32_t", f"{name}_first", [one["first"] for one in every]),
        _table("uint8_t", f"{name}_bits", [one["bits"] for one in every]),
        _table("uint32_t", f"{name}_starts", starts),
        _table("double", f"{name}_thresholds", thresholds),
        _table("uint32_t", f"{name}_codes", codes),
    ]
    return "\n".join(parts)


def _table(kind: str, name: str, rows: list[Any]) -> str:
    return f"static const {kind} {name}[] = {{\n{_numbers(rows)}\n}};"


def _numbers(rows: list[Any]) -> str:
    shown = [repr(row) for row in rows]
    lines = [", ".join(shown[at : at + WIDE]) for at in range(0, len(shown), WIDE)]
    return ",\n".join(f"    {line}" for line in lines)


_ENCODE_CHIP = """    for (f = 0; f < @NAME@_FEATURES; f++) {
        unsigned bits = @name@_bits[f], is_signed = @name@_signed[f];
        int32_t low = is_signed ? -((int32_t)1 << (bits - 1)) : 0;
        if (feature[f] < low || feature[f] >= low + ((int32_t)1 << bits)) return 0;
        code = (uint32_t)feature[f];
        at = @name@_first[f];
        for (k = 0; k < bits; k++, at++) x[at / 8] |= (uint8_t)((code >> k & 1) << at % 8);
    }
    (void)step;"""

_ENCODE_HOST = """    for (f = 0; f < @NAME@_FEATURES; f++) {
        unsigned every = step % @NAME@_STEPS * @NAME@_FEATURES + f, reached = 0;
        uint32_t start = @name@_starts[every], end = @name@_starts[every + 1];
        if (feature[f] != feature[f]) return 0;
        for (k = start; k < end; k++) reached += feature[f] >= @name@_thresholds[k];
        code = @name@_codes[start + every + reached];
        at = @name@_first[every];
        for (k = 0; k < @name@_bits[every]; k++, at++)
            x[at / 8] |= (uint8_t)((code >> k & 1) << at % 8);
    }"""

_HEADER = """/* Made by Smelt for @name@: what is sent to the core for one answer. C99, no library.
 *
 * size_t @name@_frame(const @type@ *feature, unsigned step, uint8_t *frame)
 *
 * takes the @features@ features of a sample or of a step, @takes@, and writes the bytes of
 * the request to send on the serial line, at most @NAME@_FRAME_BYTES. It returns how many; 0
 * where a feature @refuses@. `step` is 0, or in a sequence of @steps@ the
 * number of the step, from 0. The features, in order:
@names@
 */
#ifndef SMELT_@NAME@_ENCODER_H
#define SMELT_@NAME@_ENCODER_H
#include <stddef.h>
#include <stdint.h>

#define @NAME@_FEATURES @features@
#define @NAME@_STEPS @steps@
#define @NAME@_PAYLOAD_BYTES @payload@
#define @NAME@_FRAME_BYTES (2 * (@NAME@_PAYLOAD_BYTES + 3) + 1)

@tables@
/* The input bits that are sent, in their order. */
static const uint32_t @name@_carried[] = {
@carried@
};

static inline size_t @name@_frame(const @type@ *feature, unsigned step, uint8_t *frame)
{
    uint8_t x[@input_bytes@] = {0}, content[1 + @NAME@_PAYLOAD_BYTES + 2] = {0};
    uint32_t code, k;
    unsigned f, at, check = 0xffff;
    size_t length = 0, n;
@encode@
    content[0] = (uint8_t)(0x40 | (step & 15) << 2 | (step == 0)); /* the command: infer */
    for (k = 0; k != @count@; k++) {
        at = @name@_carried[k];
        f = k + @spare@;
        content[1 + f / 8] |= (uint8_t)((x[at / 8] >> at % 8 & 1) << f % 8);
    }
    for (n = 0; n < 1 + @NAME@_PAYLOAD_BYTES; n++) { /* CRC-16/IBM-SDLC */
        check ^= content[n];
        for (k = 0; k < 8; k++) check = check & 1 ? check >> 1 ^ 0x8408 : check >> 1;
    }
    check ^= 0xffff;
    content[n++] = (uint8_t)(check & 0xff);
    content[n] = (uint8_t)(check >> 8);
    for (n = 0; n < sizeof content; n++) { /* flags and escapes inside are escaped */
        if (content[n] == 0x7e || content[n] == 0x7d) {
            frame[length++] = 0x7d;
            frame[length++] = content[n] ^ 0x20;
        } else
            frame[length++] = content[n];
    }
    frame[length++] = 0x7e;
    return length;
}
#endif
"""
