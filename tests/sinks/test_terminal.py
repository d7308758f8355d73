"""The verdict on the terminal, word for word."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from formcheck.core.display import STATE_STYLES
from formcheck.core.summary.schema import RunSummary
from formcheck.sinks.terminal import print_verdict, write_verdict_lines


def lines_of(summary, movement, **options):
    return write_verdict_lines(RunSummary.model_validate(summary), movement, **options)


def told(summary, movement, **options):
    return "\n".join(line.plain for line in lines_of(summary, movement, **options))


def printed(summary, movement, **options):
    stream = options.pop("stream", None) or io.StringIO()
    print_verdict(RunSummary.model_validate(summary), movement, console=Console(file=stream, width=80, **options))
    return stream


def test_recording_with_a_fault(summary, movement):
    assert (
        told(summary, movement)
        == """\
Standing hamstring stretch, left · 00:41 · side view (yaw 6° ± 10°)
  fix   back rounding        00:12–00:19   54° ± 16 (limit 40°)
                             Hinge at your hips, keep back long
  info  back                 band up to 25°   in the band 60 % of the time
  ok    stretch knee         171° ± 9   band 165–182°
  ?     hinge                the hip is hidden from the camera
  held  14 of 20 s good      paused 00:12–00:19: back rounding
  done  1 of 2 repetitions   left 14 s, right 0 s held

Round back was seen; try: Hinge at your hips, keep back long."""
    )


def test_nobody_in_view(summary, movement):
    summary.update(seen_share=0.0, repetitions=[], faults=[], checks=[], why="Nobody was seen in the recording.")
    summary["view"].update(kind="unknown", yaw_deg=None, verdict="refused", reasons=["nobody was seen"])
    assert (
        told(summary, movement)
        == """\
Standing hamstring stretch · 00:41 · view not known
  ?     in view              nobody was seen; step into the picture, head to
                             feet

Nobody was seen in the recording."""
    )


def found(*spans, unsure=False):
    """What `--movement auto` found: (movement, side, from, to, certainty, folder) each."""
    keys = ("movement", "side", "from_s", "to_s", "certainty", "folder")
    return {"certainty": spans[0][4], "unsure": unsure, "spans": [dict(zip(keys, s, strict=True)) for s in spans]}


def recognised(summary, movement):
    return [" ".join(line.split()) for line in told(summary, movement, width=120).splitlines() if "recognised" in line]


def test_what_was_named_is_not_said_to_be_recognised(summary, movement):
    summary["recognised"] = None
    assert recognised(summary, movement) == []


def test_what_was_recognised_stands_first(summary, movement):
    summary["recognised"] = found(("hamstring_hinge_standing", "left", 0.0, 41.2, 0.934, ""))
    assert recognised(summary, movement) == [
        "info recognised hamstring_hinge_standing, left, 00:00–00:41, certainty 0.93"
    ]
    assert "recognised" in told(summary, movement).splitlines()[1]


def test_parts_of_a_session_say_where_they_lie(summary, movement):
    summary["recognised"] = found(
        ("plank", None, 3.0, 20.0, 0.8, "01_plank"), ("hamstring_hinge_standing", "left", 25.0, 70.0, 0.9, "")
    )
    rows = told(summary, movement, width=120)
    assert "plank, 00:03–00:20, certainty 0.80, in 01_plank" in rows
    assert "hamstring_hinge_standing, left, 00:25–01:10, certainty 0.90\n" in rows


def test_what_was_not_sure_is_said_to_be_perhaps(summary, movement):
    summary["recognised"] = found(("plank", None, 3.0, 20.0, 0.5, ""), unsure=True)
    assert recognised(summary, movement) == ["info recognised perhaps plank, 00:03–00:20, certainty 0.50"]


def test_photograph(summary, movement):
    summary["source"].update(frames=1, duration_s=0.0)
    summary.update(repetitions=[])
    summary["dose"]["hold_s"]["done"] = summary["dose"]["repetitions"]["done"] = None
    assert (
        told(summary, movement)
        == """\
Standing hamstring stretch, left · photograph · side view (yaw 6° ± 10°)
  fix   back rounding        54° ± 16 (limit 40°)
                             Hinge at your hips, keep back long
  info  back                 band up to 25°
  ok    stretch knee         171° ± 9   band 165–182°
  ?     hinge                the hip is hidden from the camera
  ?     hold                 a photograph shows no time
  ?     repetitions          a photograph shows no movement

Round back was seen; try: Hinge at your hips, keep back long."""
    )


def test_view_that_was_refused(summary, movement):
    advice = "Turn your left side to the camera"
    why = f"This cannot be judged from here: the camera is about 52° away from a side view. Try: {advice}."
    summary.update(seen_share=0.7, repetitions=[], faults=[], why=why)
    summary["view"].update(
        kind="oblique", yaw_deg=52.4, verdict="refused",
        reasons=["the camera is about 52° away from a side view", "you are rather small in the picture"], advice=advice,
    )  # fmt: skip
    summary["checks"] = [dict(summary["checks"][1], id="back", reason="the camera is not side-on")]
    summary["dose"].update(repetitions={"target": 2, "done": 0}, sides={"left_s": 0.0, "right_s": 0.0})
    assert (
        told(summary, movement)
        == """\
Standing hamstring stretch · 00:41 · oblique view (yaw 52° ± 10°)
  ?     view                 the camera is about 52° away from a side view
                             Turn your left side to the camera
  ?     view                 you are rather small in the picture
  info  in view              seen in 70 % of the recording
  ?     back                 the camera is not side-on
  held  0 of 20 s good       no hold was seen
  done  0 of 2 repetitions   left 0 s, right 0 s held

This cannot be judged from here: the camera is about 52° away from a side
  view. Try: Turn your left side to the camera."""
    )


def test_many_spells_of_one_fault_are_one_row_with_the_worst(summary, movement):
    first = summary["faults"][0]
    later = [dict(first, from_s=20.0 + 4 * k, to_s=20.4 + 4 * k, value=60.0 + k) for k in range(4)]
    summary["faults"] = [first, *later]
    text = told(summary, movement)
    assert text.count("back rounding  ") == 1
    assert "00:12–00:19, 00:20, 00:24 and 2 more" in text
    assert "63° ± 16 (limit 40°)" in text


def test_stop_comes_first_and_info_last(summary, movement):
    fault = summary["faults"][0]
    summary["faults"] = [dict(fault, id="a_note", severity="info"), dict(fault, severity="stop")]
    lines = told(summary, movement).splitlines()
    assert lines[1].startswith("  fix   back rounding")
    assert lines[3].startswith("  info  a note")


def test_fault_without_a_number_says_its_cue(summary, movement):
    summary["faults"][0].update(value=None, uncertainty=None)
    assert "  fix   back rounding        00:12–00:19\n" in told(summary, movement)


def test_both_working_sides_are_named(summary, movement):
    summary["repetitions"].append(dict(summary["repetitions"][0], index=2, side="right"))
    assert told(summary, movement).startswith("Standing hamstring stretch, left and right ·")


def test_check_without_a_value_shows_its_band_alone(summary, movement):
    summary["checks"][0]["value"] = None
    assert "  ok    stretch knee         band 165–182°\n" in told(summary, movement)


def test_movement_without_a_hold(summary, movement):
    summary["dose"]["hold_s"]["target"] = None
    assert "held" not in told(summary, movement).replace("s held", "")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_asked(width, summary, movement):
    assert max(line.cell_len for line in lines_of(summary, movement, width=width)) <= width


def test_every_coloured_piece_is_a_word(summary, movement):
    colours = {look.colour for look in STATE_STYLES.values()}
    for line in lines_of(summary, movement):
        for span in line.spans:
            if any(colour in str(span.style) for colour in colours):
                words = {look.word for look in STATE_STYLES.values()}
                assert line.plain[span.start : span.end].strip() in words | {""}


def test_no_colour_where_there_is_no_terminal(summary, movement):
    assert "\x1b" not in printed(summary, movement).getvalue()


def test_colour_on_a_terminal(summary, movement):
    text = printed(summary, movement, force_terminal=True, color_system="truecolor", no_color=False).getvalue()
    assert "\x1b[1;38;2;213;94;0mfix" in text


def test_plain_letters_where_the_output_knows_no_others(summary, movement):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    printed(summary, movement, stream=stream)
    text = stream.buffer.getvalue().decode("ascii")
    assert "side view (yaw 6 deg +/- 10 deg)" in text


def test_words_stay_within_what_may_be_said(summary, movement):
    text = told(summary, movement).lower()
    for never in ("safe", "injur", "diagnos", "tight", "score", "correct your", "%  risk"):
        assert never not in text
