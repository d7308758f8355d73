"""What is drawn, by its pixels: the right colours, only where a value is known, on any picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.core.display import STATE_STYLES
from formcheck.core.reasons import ReasonCode
from formcheck.core.records import BACK_T, HoldState, PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.sinks.overlay.canvas import Canvas, cut_between, split_runs
from formcheck.sinks.overlay.draw import draw_foot, draw_overlay
from formcheck.sinks.overlay.plates import PLATE_ALPHA, break_lines, make_text_plate

GREY = 120


def plain(width=640, height=480):
    return np.full((height, width, 3), GREY, np.uint8)


def near(image, place, colour, reach=3):
    """Whether a pixel of exactly this colour lies within reach of the place."""
    x, y = (round(float(v)) for v in place)
    part = image[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    return bool((part == colour).all(axis=-1).any())


def changed(image):
    return (image != GREY).any(axis=-1)


def back_points(pose, low=0.0, high=0.8):
    return pose.back_xy_px[(low <= BACK_T) & (high >= BACK_T)]


@pytest.mark.parametrize("status", ["ok", "warn", "fix", "cannot_tell"])
def test_back_has_the_colour_of_its_verdict(status, make_pose, make_result, movement):
    pose = make_pose()
    image = draw_overlay(plain(), make_result(pose, movement, back=status), movement)
    assert sum(near(image, p, STATE_STYLES[status].rgb, 6) for p in back_points(pose)) > 20
    for other in {"ok", "warn", "fix", "cannot_tell"} - {status}:
        assert not any(near(image, p, STATE_STYLES[other].rgb, 6) for p in back_points(pose, 0.3, 0.8)), other


def share_of_back_coloured(pose, image, status):
    return np.mean([near(image, p, STATE_STYLES[status].rgb, 0) for p in back_points(pose)])


def test_pattern_alone_tells_the_verdicts_apart(make_pose, make_result, movement):
    pose, large = make_pose((1280, 960)), plain(1280, 960)
    shares = {}
    for status in ("ok", "warn", "fix"):
        image = draw_overlay(large, make_result(pose, movement, back=status), movement)
        shares[status] = share_of_back_coloured(pose, image, status)
    assert shares["ok"] == 1.0
    assert 0.4 < shares["warn"] < 0.95
    assert 0.4 < shares["fix"] < 0.95


def test_input_is_not_changed(make_pose, make_result, movement, paused):
    image = plain()
    image.flags.writeable = False
    drawn = draw_overlay(
        image, make_result(make_pose(), movement, text="Keep your neck in line", hold=paused), movement
    )
    assert (image == GREY).all()
    assert changed(drawn).any()


def test_only_pixels_near_body_and_panels_change(make_pose, make_result, movement):
    pose = make_pose()
    drawn = changed(draw_overlay(plain(), make_result(pose, movement), movement))
    x, y = pose.xy_px[np.isfinite(pose.xy_px).all(axis=1)].T
    drawn[int(y.min()) - 60 : int(y.max()) + 20, int(x.min()) - 140 : int(x.max()) + 60] = False
    assert drawn[:440].sum() == 0, "above the foot line nothing but the body is drawn"
    assert drawn[440:].any(), "the phase stands at the bottom"


@pytest.mark.parametrize("joint", ["left_knee", "left_elbow"])
def test_nothing_is_drawn_for_a_limb_that_is_not_known(joint, make_pose, make_result, movement):
    pose = make_pose(hidden=[joint, joint.replace("left", "right")])
    drawn = changed(draw_overlay(plain(), make_result(pose, movement, knee=None), movement))
    x, y = (int(v) for v in make_pose().xy_px[INDEX[joint]])
    assert not drawn[y - 20 : y + 20, x - 20 : x + 20].any()


def test_limb_the_model_only_guesses_is_not_drawn(make_pose, make_result, movement):
    pose = make_pose()
    moved = pose.xy_px.copy()
    moved[INDEX["right_wrist"]] = (560, 300)  # visibility 0.02
    pose = dataclasses.replace(pose, xy_px=moved)
    drawn = changed(draw_overlay(plain(), make_result(pose, movement), movement))
    assert not drawn[270:330, 500:600].any()


@pytest.mark.parametrize(
    ("change", "colour"),
    [
        pytest.param({}, (245, 245, 245), id="judged and well: light"),
        pytest.param({"knee": "warn"}, STATE_STYLES["warn"].rgb, id="warn: orange"),
        pytest.param({"knee": "fix"}, STATE_STYLES["fix"].rgb, id="fix: vermilion"),
        pytest.param({"knee": "cannot_tell"}, STATE_STYLES["cannot_tell"].rgb, id="cannot tell: grey"),
    ],
)
def test_judged_leg_takes_its_verdict(change, colour, make_pose, make_result, movement):
    pose = make_pose((1280, 960))
    image = draw_overlay(plain(1280, 960), make_result(pose, movement, **change), movement)
    knee, ankle = (pose.xy_px[INDEX[name]] for name in ("left_knee", "left_ankle"))
    assert any(near(image, knee + t * (ankle - knee), colour, 2) for t in np.linspace(0.5, 0.9, 20))


def test_limb_of_no_measure_is_grey_and_thin(make_pose, make_result, movement):
    pose = make_pose((1280, 960))
    image = draw_overlay(plain(1280, 960), make_result(pose, movement), movement)
    elbow, wrist = (pose.xy_px[INDEX[name]] for name in ("left_elbow", "left_wrist"))
    assert near(image, (elbow + wrist) / 2, STATE_STYLES["cannot_tell"].rgb, 2)


@pytest.mark.parametrize("main", ["stretch_knee", "hinge"])
def test_angle_is_an_arc_in_the_state_s_colour(main, make_movement, make_pose, make_result):
    movement, pose = make_movement(main), make_pose((1280, 960))
    result = make_result(pose, movement, back="cannot_tell", reason=ReasonCode.BACK_EDGE_HIDDEN)
    image = draw_overlay(plain(1280, 960), result, movement)
    vertex = pose.xy_px[INDEX["left_knee" if main == "stretch_knee" else "left_hip"]]
    around = [vertex + 69 * np.array([np.cos(a), np.sin(a)]) for a in np.linspace(0, 2 * np.pi, 90)]
    assert sum(near(image, p, STATE_STYLES["ok"].rgb, 4) for p in around) >= 8


def test_back_number_has_no_arc(make_movement, make_pose, make_result):
    movement, pose = make_movement("back"), make_pose((1280, 960))
    image = draw_overlay(plain(1280, 960), make_result(pose, movement), movement)
    hip = pose.xy_px[INDEX["left_hip"]]
    around = [hip + 69 * np.array([np.cos(a), np.sin(a)]) for a in np.linspace(0, np.pi, 60)]
    assert not any(near(image, p, STATE_STYLES["ok"].rgb, 4) for p in around)


def test_ring_fills_with_valid_seconds_and_is_grey_while_paused(make_pose, make_result, movement):
    green, grey = STATE_STYLES["ok"].rgb, STATE_STYLES["cannot_tell"].rgb
    corner = (slice(340, 480), slice(0, 140))
    counted = {}
    for seconds in (0.0, 5.0, 15.0, 30.0):
        result = make_result(make_pose(), movement, hold=HoldState(seconds, 20.0))
        counted[seconds] = int((draw_overlay(plain(), result, movement)[corner] == green).all(axis=-1).sum())
    assert counted[0.0] == 0
    assert counted[5.0] == pytest.approx(counted[15.0] / 3, rel=0.15)
    assert counted[15.0] < counted[30.0]
    result = make_result(make_pose(), movement, hold=HoldState(15.0, 20.0, "back_rounding"))
    image = draw_overlay(plain(), result, movement)[corner]
    assert (image == grey).all(axis=-1).sum() > 100
    assert not (image == green).all(axis=-1).any()


def test_cue_stands_at_the_top_with_letters_of_six_percent(make_pose, make_result, movement):
    result = make_result(make_pose((1280, 720)), movement, text="HHHH", severity="fix")
    image = draw_overlay(plain(1280, 720), result, movement)[:120]
    rows = np.flatnonzero((image[:, 640:] > 250).all(axis=-1).any(axis=1))
    assert np.ptp(rows) + 1 >= 0.06 * 720 * 0.7, "a capital is 0.73 of the type's size"
    assert (image == STATE_STYLES["fix"].rgb).all(axis=-1).sum() > 300, "the square of its state"


def test_what_cannot_be_judged_is_said_at_the_lower_right(make_pose, make_result, movement):
    pose = make_pose()
    without = draw_overlay(plain(), make_result(pose, movement), movement)
    told = make_result(pose, movement, back="cannot_tell", reason=ReasonCode.BACK_EDGE_COVERED)
    lower_right = changed(draw_overlay(plain(), told, movement))[420:, 400:]
    assert lower_right.sum() > 2000
    assert changed(without)[420:, 400:].sum() < 100


def test_measure_of_a_whole_repetition_is_no_fault_while_it_runs(make_movement, make_pose, make_result):
    movement, pose = make_movement("back"), make_pose()
    whole = movement.measures["back"].model_copy(update={"reduce": "range"})
    movement = movement.model_copy(update={"measures": {**movement.measures, "back": whole}})
    image = draw_overlay(plain(), make_result(pose, movement, back="fix"), movement)
    assert not (image == STATE_STYLES["fix"].rgb).all(axis=-1).any()
    assert sum(near(image, p, STATE_STYLES["info"].rgb) for p in back_points(pose)) > 20


def test_panels_do_not_lie_on_each_other(make_pose, make_result, movement):
    hold = HoldState(3.0, 20.0, "a_fault_with_rather_a_long_name")
    result = make_result(make_pose(), movement, back="cannot_tell", reason=ReasonCode.BACK_EDGE_HIDDEN, hold=hold)
    canvas = Canvas.of(plain(), result, movement)
    rects = draw_foot(canvas)
    assert len(rects) == 4
    for i, one in enumerate(rects):
        for two in rects[:i]:
            assert one[0] >= two[2] or two[0] >= one[2] or one[1] >= two[3] or two[1] >= one[3]


def test_reason_of_the_pause_is_not_said_twice(make_pose, make_result, movement):
    hold = HoldState(3.0, 20.0, "bad_view")
    result = make_result(make_pose(), movement, back="cannot_tell", reason=ReasonCode.NOT_SIDE_ON, hold=hold)
    assert len(draw_foot(Canvas.of(plain(), result, movement))) == 3


def test_nobody_in_view_draws_the_panels_alone(make_result, movement, paused):
    pose = PoseFrame.nobody(0.0, (640, 480))
    result = make_result(
        pose, movement, back="cannot_tell", reason=ReasonCode.NOBODY_SEEN, text="Step back", hold=paused
    )
    drawn = changed(draw_overlay(plain(), result, movement))
    assert drawn.any()
    assert not drawn[120:330].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e12])
def test_points_that_are_no_places_do_no_harm(bad, make_pose, make_result, movement):
    pose = make_pose()
    xy, back = pose.xy_px.copy(), pose.back_xy_px.copy()
    xy[::2], back[::3] = bad, bad
    result = make_result(pose, movement)
    result = dataclasses.replace(result, pose=dataclasses.replace(pose, xy_px=xy, back_xy_px=back))
    assert draw_overlay(plain(), result, movement).shape == (480, 640, 3)


@given(
    width=st.integers(1, 900),
    height=st.integers(1, 900),
    main=st.sampled_from(["stretch_knee", "hinge", "back"]),
    text=st.sampled_from(["", "Up", "Hinge at your hips, keep back long"]),
    hold=st.sampled_from([None, HoldState(3.0, None), HoldState(250.0, 20.0, "bad_view"), HoldState(0.0, 20.0)]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_picture_size_can_be_drawn_on(width, height, main, text, hold, make_movement, make_pose, make_result):
    movement = make_movement(main)
    result = make_result(make_pose(), movement, back="fix", text=text, severity="adjust", hold=hold)
    drawn = draw_overlay(plain(width, height), result, movement)
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.uint8


def test_same_input_gives_the_same_picture(make_pose, make_result, movement, paused):
    result = make_result(make_pose(), movement, text="Keep your neck in line", hold=paused)
    assert np.array_equal(draw_overlay(plain(), result, movement), draw_overlay(plain(), result, movement))


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((48, 64), np.uint8), id="grey picture"),
        pytest.param(np.zeros((48, 64, 4), np.uint8), id="with opacity"),
        pytest.param(np.zeros((48, 64, 3), np.float32), id="not bytes"),
    ],
)
def test_other_pictures_are_refused(image, make_pose, make_result, movement):
    with pytest.raises(ValueError, match=r"image_rgb: expected \(H, W, 3\) uint8, got"):
        draw_overlay(image, make_result(make_pose(), movement), movement)


def test_white_text_on_a_plate_stays_readable_over_white():
    behind = 255 * (1 - PLATE_ALPHA) + 18 * PLATE_ALPHA
    luminance = ((behind / 255 + 0.055) / 1.055) ** 2.4
    assert 1.05 / (luminance + 0.05) > 7


def test_lines_break_evenly_and_lose_no_word():
    text = "Hinge at your hips, keep back long"
    lines = break_lines(text, 32, 400)
    assert " ".join(lines) == text
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) <= 5
    assert break_lines("", 32, 400) == ()


def test_plates_are_rendered_once():
    assert make_text_plate(("171°",), 20) is make_text_plate(("171°",), 20)


def test_line_is_split_at_what_is_not_seen():
    points = np.array([[0, 0], [1, 0], [np.nan, 0], [3, 0], [np.nan, 0], [5, 0], [6, 0], [7, 0]], float)
    assert [len(run) for run in split_runs(points)] == [2, 3]


def test_part_of_a_line_by_its_length():
    corner = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    assert cut_between(corner, 5, 15).tolist() == [[5, 0], [10, 0], [10, 5]]
