"""Which movement a recording shows: on saved tracks, on sessions made of them, and on movements made for a test."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Condition
from formcheck.core.recognise import (
    ENOUGH_SHARE,
    LEAD_S,
    NAMED_FROM,
    POSE_TRUST,
    POSE_WEIGHT,
    UNSTARTED_WEIGHT,
    UNTOLD_TRUST,
    WAY_TRUST,
    Recogniser,
    Span,
)
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, find_other_side
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).resolve().parent.parent / "data"
TRACKS = {
    "hinge_good": (2.4, 10.3),
    "hinge_back_rounding": (2.3, 10.3),
    "hinge_knee_bent": (2.3, 10.3),
    "hinge_bounce": (2.3, 10.3),
    "seated_back_rounding": (2.1, 9.9),
    "cat_cow_good": (0.9, 19.1),
    "plank_sag": (3.2, 10.8),
}
"""Each track, and from when to when its movement is done."""
every_track = pytest.mark.parametrize("name", TRACKS)


@pytest.fixture(scope="module")
def known():
    """Every movement of the catalogue, read once."""
    return [load_movement(one) for one in catalogue()]


@pytest.fixture(scope="module")
def track():
    """Read a track once: its poses and its header."""
    read = {}

    def get(name):
        if name not in read:
            opened = open_track(DATA / f"{name}.parquet")
            read[name] = list(opened), opened.header
        return read[name]

    return get


@pytest.fixture(scope="module")
def found(known):
    """Return what is found in poses."""

    def spans(poses, *, still=False, movements=None):
        recogniser = Recogniser(known if movements is None else movements, still=still)
        for pose in poses:
            recogniser.step(pose)
        return recogniser.spans()

    return spans


@pytest.fixture(scope="module")
def found_in(found, track):
    """Return what is found in a track; each track is searched once."""
    seen = {}

    def spans(name):
        if name not in seen:
            seen[name] = found(track(name)[0])
        return seen[name]

    return spans


def after(poses, *more, gap_s):
    """One recording after the other; between them nobody is in the picture for this time."""
    out = list(poses)
    for one in more:
        left_s = out[-1].time_s
        out += [PoseFrame.nobody(left_s + i / 15, out[-1].size_px) for i in range(1, math.ceil(gap_s * 15))]
        out += [replace(pose, time_s=pose.time_s - one[0].time_s + left_s + gap_s) for pose in one]
    return out


def held_still(pose, seconds, fps=15):
    """A person who stays as they are."""
    return [replace(pose, time_s=i / fps) for i in range(round(seconds * fps))]


# One movement ---------------------------------------------------------------------------------------------------------


@every_track
def test_each_track_is_found_to_be_what_it_is(found_in, track, name):
    poses, header = track(name)
    (span,) = found_in(name)
    assert (span.movement, span.named) == (header["movement"], True)
    begins_s, ends_s = TRACKS[name]
    assert 0 <= span.from_s <= begins_s
    assert ends_s <= span.to_s <= poses[-1].time_s
    assert NAMED_FROM <= span.certainty <= 1


@pytest.mark.parametrize("name", ["hinge_good", "hinge_knee_bent", "hinge_bounce", "hinge_back_rounding"])
def test_the_side_that_works_is_found_too(found_in, track, name):
    assert [span.side for span in found_in(name)] == [track(name)[1]["side"]]


@pytest.mark.parametrize("name", ["seated_back_rounding", "cat_cow_good", "plank_sag"])
def test_where_both_sides_work_no_side_is_named(found_in, name):
    assert [span.side for span in found_in(name)] == [None]


@pytest.mark.parametrize("name", ["hinge_good", "seated_back_rounding", "plank_sag"])
def test_the_mirrored_person_does_the_same_on_the_other_side(found, found_in, track, name):
    (span,) = found([pose.mirrored() for pose in track(name)[0]])
    (plain,) = found_in(name)
    assert (span.movement, span.side) == (plain.movement, plain.side and find_other_side(plain.side))
    assert (span.from_s, span.to_s) == (pytest.approx(plain.from_s, abs=0.2), pytest.approx(plain.to_s, abs=0.2))


@pytest.mark.parametrize("name", ["hinge_good", "plank_sag"])
def test_half_as_many_pictures_show_the_same(found, found_in, track, name):
    (span,), (plain,) = found(track(name)[0][::2]), found_in(name)
    assert (span.movement, span.side, span.named) == (plain.movement, plain.side, True)


def test_a_movement_half_an_hour_into_a_recording_is_found(found, found_in, track):
    (plain,) = found_in("hinge_good")
    (span,) = found([replace(pose, time_s=pose.time_s + 1800) for pose in track("hinge_good")[0]])
    assert (span.movement, span.side) == (plain.movement, plain.side)
    assert span.from_s == pytest.approx(1800 + 2.4 - 4, abs=0.2)
    assert span.to_s == pytest.approx(1800 + plain.to_s, abs=0.2)


def test_a_recording_cut_within_the_hold_shows_its_movement(found, track):
    poses = [pose for pose in track("hinge_good")[0] if pose.time_s <= 7]
    (span,) = found(poses)
    assert (span.movement, span.to_s) == ("hamstring_hinge_standing", poses[-1].time_s)


# No movement ----------------------------------------------------------------------------------------------------------


def test_in_an_empty_room_there_is_nothing(found, track):
    assert found(track("empty_room")[0]) == []


def test_in_nothing_there_is_nothing(found):
    assert found([]) == []
    assert found([PoseFrame.nobody(i / 15, (640, 480)) for i in range(60)]) == []


def test_standing_about_is_no_movement(found, track):
    assert not any(span.named for span in found(held_still(track("hinge_good")[0][5], 12)))


def test_no_movement_is_found_that_was_not_asked_for(found, track, known):
    others = [m for m in known if m.id != "plank"]
    assert "plank" not in {span.movement for span in found(track("plank_sag")[0], movements=others)}
    assert found(track("plank_sag")[0], movements=[]) == []


# Sessions -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap_s", [0.5, 20.0])
@pytest.mark.parametrize(("first", "second"), [("hinge_good", "plank_sag"), ("seated_back_rounding", "hinge_bounce")])
def test_a_session_of_two_falls_into_two(found, track, first, second, gap_s):
    one, two = track(first)[0], track(second)[0]
    spans = found(after(one, two, gap_s=gap_s))
    assert [span.movement for span in spans] == [track(name)[1]["movement"] for name in (first, second)]
    assert all(span.named for span in spans)
    assert spans[0].to_s <= spans[1].from_s
    begins_s = one[-1].time_s + gap_s
    assert spans[0].from_s <= TRACKS[first][0] < TRACKS[first][1] - 0.5 <= spans[0].to_s
    assert spans[1].from_s <= begins_s + TRACKS[second][0]
    assert begins_s + TRACKS[second][1] - 0.5 <= spans[1].to_s


def test_three_movements_in_a_row_do_not_overlap(found, track):
    names = ("cat_cow_good", "plank_sag", "hinge_bounce")
    spans = found(after(*(track(name)[0] for name in names), gap_s=1.0))
    assert [span.movement for span in spans] == [track(name)[1]["movement"] for name in names]
    assert all(a.from_s < a.to_s <= b.from_s < b.to_s for a, b in pairwise(spans))


def test_the_same_movement_is_one_span_soon_and_two_spans_later(found, track):
    poses = track("hinge_good")[0]
    (once,) = found(after(poses, poses, gap_s=5.0))
    assert (once.movement, once.side) == ("hamstring_hinge_standing", "right")
    assert (once.from_s, once.to_s) == (0.0, pytest.approx(27.3, abs=0.3))
    assert [span.movement for span in found(after(poses, poses, gap_s=20.0))] == ["hamstring_hinge_standing"] * 2


def test_one_side_after_the_other_is_one_span_of_no_side(found, track):
    """With one side given, a checker would judge the repetitions of the other one by the wrong leg."""
    (both,) = found(after(track("hinge_good")[0], track("hinge_bounce")[0], gap_s=2.0))
    assert (both.movement, both.side, both.named) == ("hamstring_hinge_standing", None, True)


# One picture ----------------------------------------------------------------------------------------------------------


@every_track
def test_one_picture_names_one_movement_or_none(found, track, name):
    poses, header = track(name)
    middle = sum(TRACKS[name]) / 2
    picture = min(poses, key=lambda pose: abs(pose.time_s - middle))
    spans = found([replace(picture, time_s=0.0)], still=True)
    assert len([span for span in spans if span.named]) == (1 if len(spans) == 1 else 0)
    assert {(span.from_s, span.to_s) for span in spans} <= {(0.0, 0.0)}
    if len(spans) == 1:
        assert spans[0].movement == header["movement"]


def test_one_picture_of_nobody_names_nothing(found):
    assert found([PoseFrame.nobody(0.0, (640, 480))], still=True) == []


def test_one_picture_that_two_movements_claim_is_nobodys(figures, found, bowing):
    picture = figures.make(figures.HINGED)
    (alone,) = found([picture], movements=[bowing("one")], still=True)
    assert (alone.movement, alone.named) == ("one", True)
    both = found([picture], movements=[bowing("one"), bowing("two")], still=True)
    assert [(span.movement, span.certainty, span.named) for span in both] == [
        ("one", 0.25, False),
        ("two", 0.25, False),
    ]


# Certainty ------------------------------------------------------------------------------------------------------------


@given(st.floats(0, 1))
def test_below_a_certainty_nothing_is_named(certainty):
    assert Span("plank", None, 0.0, 1.0, certainty).named == (certainty >= NAMED_FROM)


@pytest.fixture(scope="module")
def bowing(make_movement):
    """Build a movement: a bow of the trunk, known by its level trunk, or the posture itself."""

    def build(name, *, level=60.0, kind="reach", **changes):
        known_by = Condition(signal="trunk_inclination_deg", above=level)
        drive = {"kind": kind, "hold_when": [known_by], "leaves": 200.0 if kind == "pose" else 8.0}
        return make_movement(id=name, recognise=[known_by], drive=drive, **changes)

    return build


@pytest.fixture(scope="module")
def bow(figures):
    """Draw a person who stands 2 s, bows by some degrees within a second, stays, comes up, and stands."""

    def poses(stays_s, *, depth_deg=80.0, stands_s=1.0, fps=15):
        ends = np.cumsum([2, 1, stays_s, 1, stands_s])
        times = np.arange(round(ends[-1] * fps)) / fps
        lean = np.radians(np.interp(times, [0, *ends], [0, 0, depth_deg, depth_deg, 0, 0]))
        return [_bent(figures, angle, t) for t, angle in zip(times.tolist(), lean.tolist(), strict=True)]

    return poses


def _bent(figures, angle, time_s, **about):
    """Everything above the hips turned forward by an angle."""
    upper = ("nose", "ear", "shoulder", "elbow", "wrist")
    hip = figures.STANDING["hip"]
    turned = {}
    for part in upper:
        x, y = figures.STANDING[part][0] - hip[0], figures.STANDING[part][1] - hip[1]
        turned[part] = (
            hip[0] + x * math.cos(angle) - y * math.sin(angle),
            hip[1] + x * math.sin(angle) + y * math.cos(angle),
        )
    return figures.make(time_s=time_s, **turned, **about)


def test_a_drawn_bow_is_found_for_certain(found, bow, bowing):
    (span,) = found(bow(6.0), movements=[bowing("bow")])
    assert (span.movement, span.certainty) == ("bow", WAY_TRUST)
    assert (span.from_s, span.to_s) == (0.0, pytest.approx(10.9, abs=0.1))


def test_two_movements_that_explain_the_same_halve_the_certainty(found, bow, bowing):
    (span,) = found(bow(6.0), movements=[bowing("one"), bowing("two")])
    assert span.certainty == pytest.approx(WAY_TRUST / 2, abs=0.01)
    assert not span.named


def test_a_posture_weighs_less_than_the_way_there_and_back(found, bow, bowing):
    """Both show for the same seconds, and the posture weighs 0.6 of the bow."""
    (span,) = found(bow(6.0), movements=[bowing("held", kind="pose"), bowing("bowed")])
    assert span.movement == "bowed"
    assert span.certainty == pytest.approx(WAY_TRUST / (1 + POSE_WEIGHT**2), abs=0.02)


@pytest.mark.parametrize(
    ("kind", "posture_tells", "trust"),
    [
        ("reach", True, WAY_TRUST),
        ("reach", False, WAY_TRUST),
        ("pose", True, POSE_TRUST),
        ("pose", False, UNTOLD_TRUST),
    ],
)
def test_evidence_alone_is_as_certain_as_its_kind_was_right(found, bow, bowing, kind, posture_tells, trust):
    (span,) = found(bow(6.0), movements=[bowing("one", kind=kind, posture_tells=posture_tells)])
    assert (span.certainty, span.named) == (trust, True)


def test_a_movement_whose_start_was_not_filmed_weighs_less(found, bow, bowing):
    """Both show for the same seconds; nobody ever stands as the second one begins."""
    elsewhere = {"start": {"when": [Condition(signal="trunk_inclination_deg", below=-90.0)]}}
    (span,) = found(bow(6.0), movements=[bowing("unseen", **elsewhere), bowing("seen")])
    assert span.movement == "seen"
    assert span.certainty == pytest.approx(WAY_TRUST / (1 + UNSTARTED_WEIGHT**2), abs=0.02)
    (alone,) = found(bow(6.0), movements=[bowing("unseen", **elsewhere)])
    assert (alone.movement, alone.certainty) == ("unseen", WAY_TRUST)


def test_a_posture_that_does_not_tell_needs_its_start(found, figures, bow, bowing):
    elsewhere = {"start": {"when": [Condition(signal="trunk_inclination_deg", below=-90.0)]}}
    assert found(bow(6.0), movements=[bowing("bow", posture_tells=False, **elsewhere)]) == []
    assert [span.movement for span in found(bow(6.0), movements=[bowing("bow", posture_tells=False)])] == ["bow"]
    picture = [figures.make(figures.HINGED)]
    assert found(picture, movements=[bowing("bow", posture_tells=False)], still=True) == []
    assert len(found(picture, movements=[bowing("bow")], still=True)) == 1


def test_one_picture_of_two_people_names_nothing(figures, found, bowing):
    assert found([figures.make(figures.HINGED, people=2)], movements=[bowing("bow")], still=True) == []


@pytest.mark.parametrize(("stays_s", "names"), [(1.0, ["long"]), (5.0, ["long", "short"])])
def test_what_is_short_beside_something_longer_is_the_way_to_it(found, bow, bowing, stays_s, names):
    """A second movement of a session lasts for four seconds or more."""
    lower = bowing("short", level=30.0)
    lower = lower.model_copy(
        update={"recognise": [*lower.recognise, Condition(signal="trunk_inclination_deg", below=55.0)]}
    )
    poses = after(bow(6.0), bow(stays_s, depth_deg=45.0), gap_s=1.0)
    assert [span.movement for span in found(poses, movements=[bowing("long"), lower])] == names


def test_a_small_part_of_a_recording_is_not_enough(found, bow, bowing):
    """Four seconds, of which half a one goes into settling, when a twelfth of the 208 would be enough."""
    (span,) = found(bow(4.0, stands_s=200.0, fps=8), movements=[bowing("bow")])
    assert span.certainty == pytest.approx(WAY_TRUST * 3.5 / (ENOUGH_SHARE * 208), abs=0.01)
    assert not span.named


@pytest.mark.parametrize(("depth_deg", "names"), [(80, ["bow"]), (50, [])])
def test_what_does_not_look_like_it_is_not_found(found, bow, bowing, depth_deg, names):
    assert [span.movement for span in found(bow(6.0, depth_deg=depth_deg), movements=[bowing("bow")])] == names


def test_a_hold_that_is_hardly_one_is_not_found(found, bow, bowing):
    assert found(bow(0.2), movements=[bowing("bow")]) == []


@pytest.mark.parametrize("stays_s", [1.0, 6.0])
def test_fewer_and_uneven_looks_find_the_same(found, bow, bowing, stays_s):
    """Thirty looks a second, ten, and thirty for the first half of each second and ten for the rest."""
    poses = bow(stays_s, fps=30)
    uneven = [pose for k, pose in enumerate(poses) if k % 30 < 15 or k % 3 == 0]
    spans = [found(some, movements=[bowing("bow")]) for some in (poses, poses[::3], uneven)]
    (many,), (few,), (mixed,) = spans
    assert many.named
    assert [few.certainty, mixed.certainty] == pytest.approx([many.certainty] * 2, abs=0.1)
    assert [few.to_s, mixed.to_s] == pytest.approx([many.to_s] * 2, abs=0.25)


def test_a_repetition_that_was_none_leaves_no_evidence(found, figures, bowing):
    """Ten seconds of rest at 50 degrees look like a bow at first; the true bow then has the same number."""
    times = np.arange(20 * 15) / 15
    lean = np.radians(np.interp(times, [0, 10, 11, 16, 17, 20], [50, 50, 100, 100, 50, 50]))
    poses = [_bent(figures, angle, t) for t, angle in zip(times.tolist(), lean.tolist(), strict=True)]
    wide = {"start": {"when": [Condition(signal="trunk_inclination_deg", below=60.0)]}}
    (span,) = found(poses, movements=[bowing("bow", level=80.0, **wide)])
    assert span.from_s == pytest.approx(10.2 - LEAD_S, abs=0.3)


def test_an_ambiguous_movement_is_left_out_unless_it_is_a_rhythm(found, bow, bowing):
    assert found(bow(6.0), movements=[bowing("bow").model_copy(update={"recognise": []})]) == []


def test_a_march_is_found_by_its_steps_alone(found, figures, make_movement):
    march = make_movement(
        id="march", drive={"kind": "rhythm", "signal": "knee_lift_tl", "least": 0.14, "least_per_min": 40.0}
    )
    poses = []
    for i in range(15 * 15):
        lift = 30 * math.sin(2 * math.pi * i / 15) if 30 <= i < 195 else 0.0
        knees = {"left_knee": (300, 330 - max(0.0, lift)), "right_knee": (300, 330 - max(0.0, -lift))}
        poses.append(figures.make(time_s=i / 15, **knees))
    (span,) = found(poses, movements=[march])
    assert (span.movement, span.named, span.side) == ("march", True, None)
    assert found(poses[:30], movements=[march]) == []


def test_a_rise_since_the_start_is_followed_with_a_steady_front(found, figures, make_movement):
    """Hips that rise, and single poses whose depth is upside down: the trunk leans forward all the same."""
    known_by = [Condition(signal="trunk_inclination_deg", above=30.0)]
    drive = {"signal": "hip_rise_tl", "departs": 0.05, "least": 0.2, "leaves": 0.1, "settle_deg_per_s": 0.1}
    rise = make_movement(
        id="rise", recognise=known_by, drive=drive, start={"when": [Condition(signal="knee_left_deg", above=0.0)]}
    )
    poses = []
    for i, up in enumerate(np.interp(np.arange(150) / 15, [0, 3, 4, 8, 9, 10], [0, 0, 40, 40, 0, 0]).tolist()):
        pose = figures.make(time_s=i / 15, hip=(300, 250 - up), shoulder=(370, 180 - up))
        odd = i > 30 and i % 2 == 0
        poses.append(replace(pose, xyz_m=np.array(pose.xyz_m) * np.array([1, 1, -1])) if odd else pose)
    assert [span.movement for span in found(poses, movements=[rise])] == ["rise"]


# One movement and its parts -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def part(bowing):
    """Return the part of poses that shows one movement."""

    def find(poses, movement=None):
        recogniser = Recogniser([movement or bowing("bow")])
        for pose in poses:
            recogniser.step(pose)
        return recogniser.find_span((movement or bowing("bow")).id)

    return find


@pytest.fixture(scope="module")
def lean(figures):
    """Draw a person who leans as a course says; in the spans of `bent`, the knees are at a right angle."""

    def poses(times_s, degrees, *, bent=(), fps=15, **about):
        out = []
        for i in range(round(times_s[-1] * fps) + 1):
            t = i / fps
            pose = _bent(figures, math.radians(float(np.interp(t, times_s, degrees))), t, **about)
            is_bent = any(first <= t < last for first, last in bent)
            out.append(_with_bent_knees(pose) if is_bent else pose)
        return out

    return poses


def _with_bent_knees(pose):
    """The shins level: the ankles are 80 px behind the knees."""
    xy = np.array(pose.xy_px)
    for side in ("left", "right"):
        knee = xy[INDEX[f"{side}_knee"]]
        for name in ("ankle", "heel", "foot_index"):
            xy[INDEX[f"{side}_{name}"]] = (knee[0] - 80, knee[1])
    return replace(pose, xy_px=xy)


def straight_legged(movement):
    """The movement, known also by straight knees."""
    return movement.model_copy(
        update={"recognise": [*movement.recognise, Condition(signal="knee_left_deg", above=140.0)]}
    )


def test_the_part_of_a_movement_excludes_before_and_after(part, lean):
    """Stand 20 s, bow from 20 to 30 s, stand until 60: 4 s of the start and 1.5 s of the rest belong to it."""
    span = part(lean([0, 20, 21, 29, 30, 60], [0, 0, 80, 80, 0, 0]))
    assert (span.movement, span.leaves_out_s) == ("bow", ())
    assert span.from_s == pytest.approx(20 - 4, abs=0.3)
    assert span.to_s == pytest.approx(30 + 1.5, abs=0.3)
    assert span.spans_s == [(span.from_s, span.to_s)]


def test_a_movement_that_is_not_shown_or_watched_has_no_part(part, lean, bowing):
    too_shallow = lean([0, 2, 3, 9, 10, 12], [0, 0, 40, 40, 0, 0])
    assert part(too_shallow) is None
    recogniser = Recogniser([bowing("bow")])
    for pose in lean([0, 2, 3, 9, 10, 12], [0, 0, 80, 80, 0, 0]):
        recogniser.step(pose)
    assert recogniser.find_span("bow") is not None
    assert recogniser.find_span("plank") is None


def test_one_picture_has_no_part(figures, bowing):
    recogniser = Recogniser([bowing("bow")], still=True)
    recogniser.step(figures.make(figures.HINGED))
    assert [span.movement for span in recogniser.spans()] == ["bow"]
    assert recogniser.find_span("bow") is None


@pytest.mark.parametrize(("holds_s", "shows"), [(1.0, False), (6.0, True)])
def test_a_posture_after_another_one_shows_from_its_begin(part, lean, bowing, holds_s, shows):
    """Ten seconds at 50 degrees count as a hold, but only 80 degrees are the posture; then 50 degrees again."""
    posture = bowing("held", kind="pose")
    drive = posture.drive.model_copy(update={"hold_when": [Condition(signal="trunk_inclination_deg", above=40.0)]})
    ends_s = 11.0 + holds_s
    poses = lean([0, 10, 11, ends_s, ends_s + 1, ends_s + 10], [50, 50, 80, 80, 50, 50])
    span = part(poses, posture.model_copy(update={"drive": drive}))
    assert (span is not None) == shows
    if span is not None:
        assert (span.from_s, span.to_s) == (pytest.approx(10.3, abs=0.3), pytest.approx(ends_s + 0.7, abs=0.4))
        assert span.leaves_out_s == ()


THRICE = [0, 3, 4, 9, 10, 14, 15, 20, 21, 25, 26, 31, 32, 36]


@pytest.mark.parametrize(
    ("depths", "from_s", "to_s", "left_out"),
    [
        pytest.param((80, 80, 80), 0, 33.5, [], id="three bows"),
        pytest.param((80, 40, 80), 0, 33.5, [(14, 21)], id="something else between two bows"),
        pytest.param((80, 80, 40), 0, 22.5, [], id="something else after them"),
        pytest.param((40, 80, 80), 10, 33.5, [], id="something else before them"),
    ],
)
def test_other_motion_between_two_repetitions_is_left_out(part, lean, depths, from_s, to_s, left_out):
    one, two, three = depths
    span = part(lean(THRICE, [0, 0, one, one, 0, 0, two, two, 0, 0, three, three, 0, 0]))
    assert (span.from_s, span.to_s) == (pytest.approx(from_s, abs=0.4), pytest.approx(to_s, abs=0.4))
    assert [pytest.approx(ends, abs=0.4) for ends in left_out] == [list(ends) for ends in span.leaves_out_s]


@pytest.mark.parametrize(
    ("depths", "from_s", "to_s"),
    [
        pytest.param((80, 40), 0, 10.75, id="not the 1.5 s after it, which are another way down"),
        pytest.param((40, 80), 10, 20, id="not the 4 s before it, which are another way up"),
    ],
)
def test_the_part_ends_where_something_else_begins(part, lean, depths, from_s, to_s):
    one, two = depths
    span = part(lean([0, 3, 4, 9, 10, 10.5, 11.5, 17, 18, 20], [0, 0, one, one, 0, 0, two, two, 0, 0]))
    assert (span.from_s, span.to_s) == (pytest.approx(from_s, abs=0.25), pytest.approx(to_s, abs=0.25))


@pytest.mark.parametrize(
    ("bent_s", "belongs"),
    [
        pytest.param(3.0, True, id="two fifths of the hold show it"),
        pytest.param(4.5, False, id="less than a quarter of the hold shows it"),
    ],
)
@pytest.mark.parametrize(("gap_s", "near"), [(4, True), (9, False)])
def test_a_repetition_with_a_fault_belongs_to_clear_ones_near_it(part, lean, bowing, bent_s, belongs, gap_s, near):
    """A bow with straight knees, and after a gap another one of 5 s whose knees are bent at first."""
    again = 10 + gap_s
    course = [0, 3, 4, 9, 10, again, again + 1, again + 6, again + 7, again + 13]
    poses = lean(course, [0, 0, 80, 80, 0, 0, 80, 80, 0, 0], bent=[(again + 0.5, again + 1 + bent_s)])
    span = part(poses, straight_legged(bowing("bow")))
    end_s = again + 7 + 1.5 if belongs and near else min(again, 10 + 1.5)
    assert span.to_s == pytest.approx(end_s, abs=0.5)


def test_another_posture_at_the_beginning_of_a_hold_is_left_out(part, lean, bowing):
    """Two holds; in the second the knees are bent for the first 4 of 8 s: the way into the posture."""
    course = [0, 2, 3, 9, 10, 14, 15, 23, 24, 26]
    poses = lean(course, [0, 0, 80, 80, 0, 0, 80, 80, 0, 0], bent=[(14, 19)])
    span = part(poses, straight_legged(bowing("held", kind="pose")))
    ((from_s, to_s),) = span.leaves_out_s
    assert (from_s, to_s) == (pytest.approx(15, abs=0.6), pytest.approx(19, abs=0.3))
    assert span.spans_s == [(span.from_s, from_s), (to_s, span.to_s)]


def test_another_posture_before_the_first_hold_is_no_part(part, lean, bowing):
    """Two holds; in the first the knees are bent until 7 s: the part begins there."""
    course = [0, 2, 3, 11, 12, 15, 16, 22, 23, 25]
    poses = lean(course, [0, 0, 80, 80, 0, 0, 80, 80, 0, 0], bent=[(1, 7)])
    span = part(poses, straight_legged(bowing("held", kind="pose")))
    assert span.from_s == pytest.approx(7, abs=0.4)
    assert span.leaves_out_s == ()


def test_the_parts_of_a_span_leave_out_what_it_leaves_out():
    span = Span("plank", None, 1.0, 20.0, 1.0, ((4.0, 6.0), (9.0, 9.5)))
    assert span.spans_s == [(1.0, 4.0), (6.0, 9.0), (9.5, 20.0)]
    assert replace(span, leaves_out_s=()).spans_s == [(1.0, 20.0)]
    assert replace(span, leaves_out_s=((4.0, 20.0),)).spans_s == [(1.0, 4.0)]  # nothing is left after it


@pytest.mark.parametrize(
    ("camera", "yaw_deg", "shows"), [("side", 0.0, True), ("side", 80.0, False), ("any", 80.0, True)]
)
def test_a_side_view_posture_is_not_recognised_from_the_front(part, lean, bowing, camera, yaw_deg, shows):
    movement = bowing("bow")
    movement = movement.model_copy(update={"view": movement.view.model_copy(update={"camera": camera})})
    poses = lean([0, 2, 3, 9, 10, 12], [0, 0, 80, 80, 0, 0], yaw_deg=yaw_deg)
    assert (part(poses, movement) is not None) == shows
