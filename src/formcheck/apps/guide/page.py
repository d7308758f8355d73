"""Write one page of Markdown for each movement, and the list of all movements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.sources.video import open_video

from .bands import describe_bands
from .drawings import describe_camera
from .words import (
    AVOID_WORDS,
    CLASSES,
    COME_OUT,
    OFFER_WORDS,
    PLACES,
    SEVERITY_WORDS,
    capitalise,
    describe_band,
    describe_dose,
    describe_fault_time,
    find_swap,
    list_aliases,
    measure_when,
    strip_words,
)

MAX_STRIP_BYTES = 60_000
_STRIP_PICTURE_PX = 320
_GAP_PX = 6
_QUALITIES = range(88, 20, -6)


def cut_pictures(path: Path, times_s: list[float], *, side_px: int = _STRIP_PICTURE_PX) -> list[NDArray[np.uint8]]:
    """Return the pictures of a recording nearest to some times, RGB, in order.

    Parameters
    ----------
    path : the recording.
    times_s : times from its start, seconds, rising.
    side_px : length of the longer side of each picture.

    Raises
    ------
    SourceError
        The recording cannot be read.
    """
    found: list[NDArray[np.uint8]] = []
    with open_video(path, max_side_px=side_px) as video:
        image = None
        for frame in video:
            image = frame.image
            while len(found) < len(times_s) and frame.time_s >= times_s[len(found)]:
                found.append(image)
            if len(found) == len(times_s):
                break
        # The last times may lie after the last frame.
        if image is not None:
            found += [image] * (len(times_s) - len(found))
    return found


def strip_jpeg(path: Path, times_s: list[float]) -> bytes:
    """Return the pictures side by side as one JPEG of at most 60 kB.

    Raises the same errors as `cut_pictures`.
    """
    pictures = cut_pictures(path, times_s)
    gap = np.full((pictures[0].shape[0], _GAP_PX, 3), 255, np.uint8)
    row = [part for picture in pictures for part in (gap, picture)][1:]
    return encode_jpeg(np.hstack(row), most_bytes=MAX_STRIP_BYTES)


def encode_jpeg(picture: NDArray[np.uint8], *, most_bytes: int) -> bytes:
    """Return an RGB picture as a JPEG, in the best quality that fits."""
    content = b""
    for quality in _QUALITIES:
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
        content = jpeg.tobytes()
        if len(content) <= most_bytes:
            break
    return content


PICTURES = "pictures"
_COMMAND = "python -m formcheck.apps.guide"
_INTRODUCTION = (
    "Each page says how a movement is done, where the camera goes, what is measured, what is said and when, and where "
    "every number comes from. In the app they are under Library; on the terminal: `formcheck movements show ID`."
)
_ADVANCED = "Advanced: only with a therapist. The app shows it only on request."


def write_movement_page(movement: Movement, *, has_strip: bool) -> str:
    """Return the page of one movement.

    Its pictures are in the folder next to it; the strip is shown if there is one.
    """
    parts = [
        f"# {movement.name}", movement.about, _write_facts(movement),
        "## How to do it", _strip(movement) if has_strip else "",
        "\n".join(f"{number}. {step}" for number, step in enumerate(movement.steps, start=1)),
        f"**How much.** {describe_dose(movement)}. ({movement.dose.source})",
        f"**Breath.** {movement.breath}", f"**Easier.** {movement.easier}",
        f"**Harder.** {movement.harder}" if movement.harder else "", _write_swap(movement),
        "## Where the camera goes", f"![{describe_camera(movement)}]({PICTURES}/{movement.id}_camera.svg)",
        movement.view.text, f"**Start.** {movement.start.text}",
        "## What is measured", f"![{describe_bands(movement)}]({PICTURES}/{movement.id}_bands.svg)",
        _write_measures(movement),
        "## What is said, and when", _write_faults(movement),
        *_write_questions(movement),
        *_write_avoided(movement),
        "## When to stop", "\n".join(f"- {reason}" for reason in movement.stop_if), COME_OUT,
        "## Sources", _write_sources(movement),
        "---", NOT_MEDICAL, _name_origin(f"{movement.id}.toml"),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def write_index_page(movements: Iterable[Movement]) -> str:
    """Return the list of all movements, grouped by where they are done."""
    found = list(movements)
    classes = " · ".join(f"**{letter}** {meaning}" for letter, meaning in CLASSES.items())
    rows = ["# The movements", _INTRODUCTION, f"Class says how well one camera sees it. {classes}."]
    for place, title in PLACES.items():
        here = [one for one in found if one.place == place]
        if here:
            lines = [_write_index_row(one) for one in sorted(here, key=lambda one: one.name)]
            rows += [
                f"## {capitalise(title)}",
                _write_table(("movement", "id", "helps with", "how much", "class"), lines),
            ]
    rows += ["---", NOT_MEDICAL, f"Made from the movement files by `{_COMMAND}`."]
    return "\n\n".join(rows) + "\n"


def _write_index_row(movement: Movement) -> tuple[str, ...]:
    advanced = " (advanced: with a therapist)" if movement.advanced else ""
    return (
        f"[{movement.name}]({movement.id}.md){advanced}", f"`{movement.id}`", ", ".join(movement.helps),
        describe_dose(movement), movement.confidence,
    )  # fmt: skip


def _name_origin(file: str) -> str:
    where = f"[`{file}`](../../src/formcheck/movements/{file})"
    return f"Made from {where} by `{_COMMAND}`: change that file, not this page."


def _write_facts(movement: Movement) -> str:
    facts = {
        "Also called": ", ".join(list_aliases(movement)),
        "Where": PLACES[movement.place],
        "Helps with": ", ".join(movement.helps),
        "How well one camera sees it": f"{movement.confidence}, {CLASSES[movement.confidence]}",
        "Note": _ADVANCED if movement.advanced else "",
    }
    return "\n".join(f"- **{name}:** {words}" for name, words in facts.items() if words)


def _strip(movement: Movement) -> str:
    caption = strip_words(movement)
    return f"![{movement.name}: {caption}]({PICTURES}/{movement.id}.jpg)\n\n*From left to right: {caption}.*"


def _write_swap(movement: Movement) -> str:
    swap = find_swap(movement)
    if swap is None:
        return ""
    return f"**Instead.** [{swap.words}]({swap.id}.md)" if swap.id else f"**Instead.** {swap.words}."


def _write_measures(movement: Movement) -> str:
    rows = [
        (one.name, describe_band(one.target, one.unit), describe_band(one.warn, one.unit) if one.warn else "",
         " · ".join(filter(None, [measure_when(one), one.note])), one.source)
        for one in movement.measures.values()
    ]  # fmt: skip
    return _write_table(("measured", "target", "warn, fix beyond", "details", "source"), rows)


def _write_faults(movement: Movement) -> str:
    rows = [
        (
            capitalise(one.seen),
            SEVERITY_WORDS[one.severity],
            f"“{one.cue}”",
            describe_fault_time(one),
            one.easier,
            one.source,
        )
        for one in movement.faults
    ]
    return _write_table(("seen", "severity", "what is said", "when it counts", "easier", "source"), rows)


def _write_questions(movement: Movement) -> list[str]:
    if not movement.questions:
        return []
    rows = [(capitalise(one.cannot_see), one.ask, " · ".join(one.answers)) for one in movement.questions]
    return ["## What the camera cannot see", _write_table(("cannot be seen", "so we ask", "answers"), rows)]


def _write_avoided(movement: Movement) -> list[str]:
    rows = [(AVOID_WORDS[sign], OFFER_WORDS[rule.offer], rule.source) for sign, rule in movement.avoided.items()]
    return (
        ["## Who leaves it out", _write_table(("answer before practice", "then it is", "source"), rows)] if rows else []
    )


def _write_sources(movement: Movement) -> str:
    sources = "\n".join(f"- **{tag}:** {words}" for tag, words in movement.sources.items())
    return sources.replace("docs/catalogue.md", "[docs/catalogue.md](../catalogue.md)")


def _write_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
