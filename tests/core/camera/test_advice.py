"""Problems of the camera's place and what to do: one advice, the most important first, in few words."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.camera import advice
from formcheck.core.camera.advice import find_problems, list_needed_landmarks, list_parts_seen
from formcheck.core.camera.framing import EDGES, Framing, FramingTally, Roll
from formcheck.core.measure.camera_view import camera_yaw_deg, find_near_side, near_vote
from formcheck.core.measure.measure import measure_pose
from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import MOST_CUE_WORDS
from formcheck.core.movement.wording import find_never_said
from formcheck.core.records import Assessment, CameraView, Feedback, PhaseState, PoseFrame, StepResult
from formcheck.core.skeleton import INDEX, SIDES, find_other_side

GOOD = Framing(yaw_deg=5.0, person_share=0.7, crowded_share=0.0, near="left", fps=30.0, working="left")
FEET = {INDEX[f"{side}_{part}"]: "bottom" for side in SIDES for part in ("ankle", "heel", "foot_index")}
HEAD = {INDEX[f"{side}_ear"]: "top" for side in SIDES}
HINGE, PLANK, REACH = (load_movement(m) for m in ("hamstring_hinge_standing", "plank", "childs_pose_side_reach"))
BIRD_DOG = load_movement("bird_dog")


def first_advice(framing, movement):
    """Return the one advice that a person gets; empty if the camera is well placed."""
    return next((problem.advice for problem in find_problems(framing, movement)), "")


@pytest.mark.parametrize(
    ("movement", "changes", "advice"),
    [
        pytest.param(HINGE, {}, "", id="all is well"),
        pytest.param(HINGE, {"yaw_deg": math.nan}, "Step into the picture", id="nobody"),
        pytest.param(HINGE, {"outside": FEET}, "Step back until I see your feet", id="the feet are cut off"),
        pytest.param(PLANK, {"outside": FEET}, "Move back until I see your feet", id="lying people do not step"),
        pytest.param(HINGE, {"outside": FEET, "room": {"top": 0.3}}, "Tip the camera down a little", id="room above"),
        pytest.param(HINGE, {"outside": FEET, "room": {"top": 0.1}}, "Step back until I see your feet", id="no room"),
        pytest.param(HINGE, {"outside": HEAD, "room": {"bottom": 0.3}}, "Tip the camera up a little", id="room below"),
        pytest.param(HINGE, {"outside": HEAD | FEET}, "Step back until I see all of you", id="cut off at both ends"),
        pytest.param(
            PLANK, {"outside": dict.fromkeys(FEET, "left"), "room": {"right": 0.2}},
            "Move to the middle of the picture", id="too far to one side",
        ),
        pytest.param(HINGE, {"outside": {INDEX["left_thumb"]: "left"}}, "", id="a thumb is not needed"),
        pytest.param(HINGE, {"person_share": 0.2}, "Come closer to the camera", id="small"),
        pytest.param(HINGE, {"person_share": 0.3}, "Come closer to the camera", id="rather small"),
        pytest.param(REACH, {"person_share": 0.3, "yaw_deg": 80.0}, "", id="folded towards the camera"),
        pytest.param(HINGE, {"yaw_deg": 40.0}, "Turn your left side to the camera", id="turned away"),
        pytest.param(PLANK, {"yaw_deg": 40.0, "near": "right"}, "Turn your right side to the camera", id="nearer side"),
        pytest.param(
            HINGE, {"yaw_deg": 40.0, "near": "right"}, "Turn your left side to the camera", id="the working side"
        ),
        pytest.param(PLANK, {"yaw_deg": 85.0, "near": None}, "Turn sideways to the camera", id="no side is nearer"),
        pytest.param(HINGE, {"yaw_deg": 20.0}, "Turn a little more to the side", id="a little turned"),
        pytest.param(REACH, {"yaw_deg": 40.0}, "Turn to face the camera", id="from the side instead of the front"),
        pytest.param(REACH, {"yaw_deg": 60.0}, "", id="half-front is enough"),
        pytest.param(HINGE, {"near": "right"}, "Turn your left side to the camera", id="the other side works"),
        pytest.param(PLANK, {"near": "right"}, "", id="no working side: either will do"),
        pytest.param(BIRD_DOG, {"near": "right"}, "", id="where sides take turns either will do"),
        pytest.param(HINGE, {"hidden": frozenset({INDEX["left_knee"]})}, "Let the camera see your left knee", id="k"),
        pytest.param(HINGE, {"hidden": frozenset({INDEX["right_knee"]})}, "", id="far knee mostly"),
        pytest.param(HINGE, {"crowded_share": 0.6}, "Only you in the picture, please", id="two people"),
        pytest.param(HINGE, {"roll": Roll(15.0, 7.0)}, "Put the camera level", id="surely turned by five degrees"),
        pytest.param(HINGE, {"roll": Roll(-15.0, 7.0)}, "Put the camera level", id="the other way"),
        pytest.param(HINGE, {"roll": Roll(11.0, 7.0)}, "", id="turned, but not surely"),
        pytest.param(HINGE, {"fps": 8.0}, "Film ten or more pictures a second", id="slow pictures"),
        pytest.param(HINGE, {"fps": 9.99}, "", id="clocks are not exact"),
        pytest.param(HINGE, {"fps": 0.0}, "", id="a photograph has no rate"),
    ],
)  # fmt: skip
def test_one_advice(movement, changes, advice):
    assert first_advice(replace(GOOD, **changes), movement) == advice


WORST_FIRST = [
    {"person_share": 0.2}, {"yaw_deg": 40.0}, {"outside": FEET}, {"roll": Roll(20.0, 7.0)}, {"near": "right"},
    {"hidden": frozenset({INDEX["left_elbow"], INDEX["left_hip"], INDEX["right_hip"]})}, {"crowded_share": 1.0},
    {"yaw_deg": 20.0}, {"person_share": 0.3}, {"fps": 5.0},
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(WORST_FIRST) - 1))
def test_the_most_important_is_said_first(place):
    """Each is put together with all that matter less, as far as they can be together."""
    changes = {}
    for less in reversed(WORST_FIRST[place:]):
        changes |= less
    alone = first_advice(replace(GOOD, **WORST_FIRST[place]), HINGE)
    found = find_problems(replace(GOOD, **changes), HINGE)
    assert alone
    assert found[0].advice == alone
    assert len(found) > 1


@st.composite
def outlooks(draw):
    """Any outlook at all."""
    landmarks = st.integers(0, 32)
    return Framing(
        yaw_deg=draw(st.floats(0, 90) | st.just(math.nan)),
        person_share=draw(st.floats(0.01, 1)),
        crowded_share=draw(st.floats(0, 1)),
        near=draw(st.sampled_from([*SIDES, None])),
        fps=draw(st.floats(0, 60)),
        working=draw(st.sampled_from([*SIDES, None])),
        roll=draw(st.none() | st.builds(Roll, st.floats(-45, 45), st.floats(1, 15))),
        outside=draw(st.dictionaries(landmarks, st.sampled_from(EDGES), max_size=6)),
        hidden=draw(st.frozensets(landmarks, max_size=4)),
        room=draw(st.dictionaries(st.sampled_from(EDGES), st.floats(0, 0.5))),
    )


@given(outlooks(), st.sampled_from([HINGE, PLANK, REACH, BIRD_DOG]))
def test_every_word_is_short_kind_and_promises_nothing(framing, movement):
    for problem in find_problems(framing, movement):
        assert 1 < len(problem.advice.split()) <= MOST_CUE_WORDS
        assert problem.advice[0].isupper()
        assert not problem.advice.endswith((".", "!"))
        assert not problem.reason[0].isupper()
        assert list(find_never_said({"reason": problem.reason, "advice": problem.advice})) == []
        assert not {"must", "wrong", "bad", "fail", "error"} & set(f"{problem.reason} {problem.advice}".lower().split())


def test_the_constant_words_are_short_too():
    words = [w for name, value in vars(advice).items() if name.isupper()
             for w in (value.values() if isinstance(value, dict) else [value]) if isinstance(w, str)]  # fmt: skip
    assert len(words) > 10
    assert max(len(w.split()) for w in words) <= MOST_CUE_WORDS


@given(outlooks(), st.sampled_from([HINGE, PLANK, REACH, BIRD_DOG]))
def test_what_refuses_goes_before_what_degrades(framing, movement):
    refusals = [problem.refused for problem in find_problems(framing, movement)]
    assert refusals == sorted(refusals, reverse=True)


@pytest.mark.parametrize("movement", ["plank", "seated_forward_bend", "hamstring_hinge_standing", "cobra"])
def test_what_a_movement_needs_is_of_the_nearer_side(movement):
    left, right = (list_needed_landmarks(replace(GOOD, near=s, working=s), load_movement(movement)) for s in SIDES)
    assert left == {int(i) for i in mirrored_landmarks(right)}
    assert INDEX["left_hip"] in left


def mirrored_landmarks(landmarks):
    from formcheck.core.skeleton import MIRROR

    return [MIRROR[i] for i in landmarks]


# From poses to words --------------------------------------------------------------------------------------------------


def seen_as(poses, movement):
    """Return the framing of these poses at ten pictures a second; the near side is the working side."""
    tally = FramingTally(movement)
    for k, pose in enumerate(poses):
        near = find_near_side(near_vote(pose.xyz_m))
        timed = replace(pose, time_s=k / 10)
        m = measure_pose(timed, view=CameraView(camera_yaw_deg(pose.xyz_m)))
        phase = PhaseState("setup", 0.0, near if movement.two_sided else None, near)
        tally.add(StepResult(timed, m, phase, Assessment(k / 10, "setup", (), {}), Feedback(None, "", None, 0.0)))
    return tally.summarise()


def shifted(pose, dx, dy):
    shift = np.array([dx, dy], np.float32)
    return replace(pose, xy_px=pose.xy_px + shift, back_xy_px=pose.back_xy_px + shift)


def scaled(pose, factor):
    size_px = (round(pose.size_px[0] * factor), round(pose.size_px[1] * factor))
    return replace(pose, size_px=size_px, xy_px=pose.xy_px * factor, back_xy_px=pose.back_xy_px * factor)


def test_what_a_pose_model_does_not_look_for_is_not_hidden(figures):
    """COCO has no heels: no place of the camera would show them. A knee that is there but not seen is hidden."""
    pose = figures.make(hidden=("left_heel", "left_knee"))
    xy = np.array(pose.xy_px)
    xy[INDEX["left_heel"]] = np.nan
    assert seen_as([replace(pose, xy_px=xy)] * 3, HINGE).hidden == {INDEX["left_knee"]}


PLACES = {
    "in the middle": (0, -20, {}),
    "the feet below": (0, 90, {}),
    "to the left": (-290, -20, {}),
    "to the right": (335, -20, {}),
    "above": (0, -140, {}),
    "turned by forty degrees": (0, -20, {"yaw_deg": 40.0}),
    "turned by twenty degrees": (0, -20, {"yaw_deg": 20.0}),
    "a hidden knee": (0, -20, {"hidden": ("right_knee",)}),
    "two people": (0, -20, {"people": 2}),
}
EXPECTED = {
    "in the middle": "",
    "the feet below": "Tip the camera down a little",
    "to the left": "Move to the middle of the picture",
    "to the right": "Move to the middle of the picture",
    "above": "Tip the camera up a little",
    "turned by forty degrees": "Turn your right side to the camera",
    "turned by twenty degrees": "Turn a little more to the side",
    "a hidden knee": "Let the camera see your right knee",
    "two people": "Only you in the picture, please",
}


def swapped(words):
    return words.replace("left", "?").replace("right", "left").replace("?", "right")


def standing(figures, place):
    dx, dy, changes = PLACES[place]
    return [shifted(figures.make(**changes), dx, dy) for _ in range(21)]


@pytest.mark.parametrize("place", PLACES)
def test_from_a_figure_to_words(figures, place):
    assert first_advice(seen_as(standing(figures, place), HINGE), HINGE) == EXPECTED[place]


@pytest.mark.parametrize("place", PLACES)
def test_a_mirrored_figure_gets_mirrored_advice(figures, place):
    poses = standing(figures, place)
    plain = find_problems(seen_as(poses, HINGE), HINGE)
    mirrored = find_problems(seen_as([pose.mirrored() for pose in poses], HINGE), HINGE)
    assert [swapped(p.advice) for p in mirrored] == [p.advice for p in plain]
    assert [swapped(p.reason) for p in mirrored] == [p.reason for p in plain]


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("place", PLACES)
def test_size_and_resolution_of_the_picture_do_not_matter(figures, place, factor):
    poses = standing(figures, place)
    assert find_problems(seen_as([scaled(p, factor) for p in poses], HINGE), HINGE) == find_problems(
        seen_as(poses, HINGE), HINGE
    )


@given(st.floats(-350, 350), st.floats(-300, 300), st.floats(0, 90), st.sampled_from([0.5, 2.0, 4.0]))
def test_mirror_and_scale_hold_wherever_the_person_is(figures, dx, dy, yaw_deg, factor):
    pose = shifted(figures.make(yaw_deg=yaw_deg), dx, dy)
    plain = find_problems(seen_as([pose], HINGE), HINGE)
    mirrored = find_problems(seen_as([pose.mirrored()], HINGE), HINGE)
    assert [swapped(p.advice) for p in mirrored] == [p.advice for p in plain]
    assert [p.advice for p in find_problems(seen_as([scaled(pose, factor)], HINGE), HINGE)] == [p.advice for p in plain]


def test_what_is_so_for_less_than_half_of_the_time_is_not_said(figures):
    cut, whole = standing(figures, "the feet below"), standing(figures, "in the middle")
    assert first_advice(seen_as(cut[:10] + whole[:11], HINGE), HINGE) == ""
    assert first_advice(seen_as(cut[:11] + whole[:10], HINGE), HINGE) == EXPECTED["the feet below"]


def test_nobody_at_all():
    empty = [PoseFrame.nobody(0.0, (640, 480))] * 3
    tally = FramingTally(HINGE)
    assert math.isnan(tally.summarise().yaw_deg)
    assert find_problems(seen_as_nobody(empty), HINGE)[0].advice == "Step into the picture"


def seen_as_nobody(poses):
    tally = FramingTally(HINGE)
    for k, pose in enumerate(poses):
        timed = replace(pose, time_s=k / 10)
        phase = PhaseState("absent", 0.0, None, None)
        none = Assessment(k / 10, "absent", (), {})
        tally.add(StepResult(timed, measure_pose(timed), phase, none, Feedback(None, "", None, 0.0)))
    return tally.summarise()


@pytest.mark.parametrize("side", SIDES)
def test_the_working_side_is_that_of_the_repetitions(side):
    assert (
        first_advice(replace(GOOD, working=side, near=find_other_side(side)), HINGE)
        == f"Turn your {side} side to the camera"
    )


@pytest.mark.parametrize(
    ("changes", "unseen"),
    [
        pytest.param({}, set(), id="all are seen"),
        pytest.param({"outside": FEET}, {"feet"}, id="the feet are cut off"),
        pytest.param({"hidden": frozenset({INDEX["left_knee"]})}, {"knees"}, id="the near knee is hidden"),
        pytest.param({"hidden": frozenset({INDEX["right_knee"]})}, set(), id="the far knee does not matter"),
        pytest.param({"near": None, "hidden": frozenset({INDEX["right_hip"]})}, {"hips"}, id="no side is nearer"),
        pytest.param(
            {"person_share": math.nan}, {"head", "shoulders", "hips", "knees", "feet"}, id="nobody is in the picture"
        ),
    ],
)
def test_needed_parts_are_listed_from_head_to_feet(changes, unseen):
    found = list_parts_seen(replace(GOOD, **changes), HINGE)
    assert [part for part, _ in found] == ["head", "shoulders", "hips", "knees", "feet"]
    assert {part for part, is_seen in found if not is_seen} == unseen
