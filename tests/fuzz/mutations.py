"""What strangers' files hold: other types, damaged bytes, impossible numbers, names that lead elsewhere."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

CELLS = (
    "", "NA", "nan", "-inf", "1e308", "-1e308", "1e400", "9" * 5000, "²", "٣", "0x10", "1_0", "abc", '"', "0", "-1",
    "1e9", "-1e9", "1e15", "1e-300", "99999999999", "true", "{}", "\ud7ff", "a\tb", "a\rb", "0:00:01",
    "2025-11-27T00:00:00", "=1+1", "@SUM(A1)", "../../away", "x" * 3000, "\x00", "\u2028", "-0.0",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, "", "x", "²", "\ud800", "a\nb", "../../away", "/away", "=1+1", "9" * 100, "x" * 3000, 0, -1, 1,
    3.5, -0.0, 1e300, -1e300, 1e-320, 10**400, 2**31, 2**63, math.nan, math.inf, -math.inf, [], {}, [1] * 75,
    [1.5] * 75, [[1] * 75], [None] * 75, [1e308] * 75, [-5] * 78, {"a": 1}, [[[[]]]], "2026-11-22T10:00:00+00:00",
)  # fmt: skip
NUMBERS = (0.0, -1.0, 1e-320, 1e-9, 1e7, 1e9, 1e15, 1e30, 1e300, -1e300, math.nan, math.inf, -math.inf)
NAMES = ("9" * 12, "9" * 100, "²", "-1", "0" * 22 + "1", "x\ny_3", "=1+1", "..a", "\x1b[31m", "é_1", "a b_2")


def mutate_bytes(rng: Random, data: bytes) -> bytes:
    """Return damaged bytes: changed, missing, doubled or foreign ones."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if not out:
            return bytes(out)
        at = rng.randrange(len(out))
        count = rng.choice((1, 1, 4, 64, 1000))
        way = rng.randrange(7)
        if way == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            out[at : at + count] = rng.randbytes(len(out[at : at + count]))
        elif way == 2:
            del out[at : at + count]
        elif way == 3:
            out[at:at] = out[at : at + count]
        elif way == 4:
            out[at : at + count] = bytes([rng.choice((0, 0xFF, 0x7F))]) * len(out[at : at + count])
        elif way == 5:
            del out[at:]
        else:
            out[at:at] = rng.choice(
                (b"\xff\xfe", b"\x00", b"{", b"[" * 20_000, b'"', b"\n", b"9" * 5000, b"\xef\xbb\xbf")
            )
    return bytes(out)


def mutate_text(rng: Random, text: str, separator: str) -> str:
    """Return a table as text with other cells, rows and columns."""
    lines = text.splitlines() or [""]
    for _ in range(rng.choice((1, 3, 30))):
        k = rng.randrange(len(lines))
        cells = lines[k].split(separator)
        way, at = rng.randrange(9), rng.randrange(len(cells))
        if way < 3:
            cells[at] = rng.choice(CELLS)
        elif way == 3:  # a whole column
            value = rng.choice(CELLS)
            lines = [separator.join([*(c := line.split(separator))[:at], value, *c[at + 1 :]]) for line in lines]
            continue
        elif way == 4:
            cells = cells[: rng.randrange(len(cells) + 1)]
        elif way == 5:
            lines.insert(k, lines[rng.randrange(len(lines))])
            continue
        elif way == 6:
            del lines[k]
            lines = lines or [""]
            continue
        elif way == 7:
            cells[at] *= rng.choice((2, 50))
        else:
            other = rng.randrange(len(lines))
            lines[k], lines[other] = lines[other], lines[k]
            continue
        lines[k] = separator.join(cells)
    return "\n".join(lines)


_MOST_REPEATED = 100_000
"""Longer lists, in characters, are not repeated."""


def mutate_value(rng: Random, value: Any) -> Any:
    """Return a value as from JSON with another value somewhere in it."""
    if rng.random() < 0.15:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        out = dict(value)
        key = rng.choice(list(out)) if out and rng.random() < 0.95 else "other"
        if rng.random() < 0.1:
            out.pop(key, None)
        else:
            out[key] = mutate_value(rng, out.get(key))
        return out
    if isinstance(value, list) and value:
        items = list(value)
        at = rng.randrange(len(items))
        items[at] = mutate_value(rng, items[at])
        if rng.random() < 0.8:
            return items
        times = rng.choice((0, 2, 100))
        # Lists in lists would otherwise grow to gigabytes, which cost the time of this writer alone.
        return items * times if len(repr(items)) < _MOST_REPEATED else items
    return rng.choice(VALUES)


def mutate_json(rng: Random, value: Any) -> bytes:
    """Return JSON with other values; sometimes nested without end, or with damaged bytes."""
    for _ in range(rng.choice((0, 1, 1, 3))):
        value = mutate_value(rng, value)
    text = json.dumps(value)
    if rng.random() < 0.05:
        depth = rng.choice((20, 900, 100_000))
        text = text.replace("1", "[" * depth + "1" + ("]" * depth if rng.random() < 0.5 else ""), 1)
    data = text.encode("utf-8", "surrogatepass")
    return mutate_bytes(rng, data) if rng.random() < 0.2 else data


def mutate_toml(rng: Random, text: str, *, whole: bool) -> str:
    """Return a TOML text with two lines exchanged, or another value behind a key."""
    lines = text.splitlines() or [""]
    k = rng.randrange(len(lines))
    key, mark, _ = lines[k].partition(" = ")
    if not whole or not mark:
        lines.insert(rng.randrange(len(lines)), lines.pop(k))
        return "\n".join(lines)
    values = (
        "nan",
        "-inf",
        "1e400",
        "9" * 5000,
        "[]",
        "{}",
        "true",
        '""',
        "'²'",
        "[[[[[[[1]]]]]]]",
        "1979-05-27",
        '"../x"',
    )
    lines[k] = f"{key} = {rng.choice(values)}"
    return "\n".join(lines)
