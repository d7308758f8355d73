"""Landmarks are smoothed equally at every frame rate, and short gaps are bridged."""

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.measure.camera_view import arms_apart_deg
from formcheck.core.measure.contour import MIN_SIDE_VOTES, find_trunk_axis
from formcheck.core.measure.measure import measure_pose
from formcheck.core.measure.smoothing import ARMS_APART_DEG, FORGET_S, FRONT_TAU_S, HOLD_GAP_S, Smoother
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX

WRIST = INDEX["left_wrist"]


def steadied(figures, path, fps, duration_s=2.0):
    """Smooth a wrist that moves along `path(t)`; return its last place."""
    smoother = Smoother()
    for i in range(round(duration_s * fps) + 1):
        pose = smoother.step(figures.make(wrist=path(i / fps), time_s=i / fps))
    return pose.xy_px[WRIST]


def test_the_first_pose_passes_unchanged(figures):
    pose = figures.make()
    assert Smoother().step(pose).xy_px == pytest.approx(pose.xy_px)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_still_person_is_still_and_a_jump_settles_in_500_ms(figures, fps):
    assert steadied(figures, lambda t: (310, 250), fps) == pytest.approx([310, 250])
    # a fifth of a trunk length: fast enough that the filter opens
    assert steadied(figures, lambda t: (310, 250) if t < 1.5 else (330, 250), fps) == pytest.approx([330, 250], abs=0.5)


def test_frame_rates_agree_on_a_moving_hand(figures):
    def swing(t):
        return 310 + 40 * math.sin(math.pi * t), 250

    ends = [steadied(figures, swing, fps, 1.8)[0] for fps in (15, 30, 60)]
    assert max(ends) - min(ends) < 3


def test_jitter_shrinks_to_less_than_half(figures):
    rng = np.random.default_rng(3)
    smoother, xs = Smoother(), []
    for i in range(120):
        pose = smoother.step(figures.make(wrist=(310 + rng.normal(0, 1.0), 250), time_s=i / 30))
        xs.append(pose.xy_px[WRIST, 0])
    assert np.std(xs[30:]) < 0.5


def test_a_short_gap_keeps_the_last_pose_a_long_one_is_absence(figures):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    held = smoother.step(PoseFrame.nobody(HOLD_GAP_S, figures.SIZE, people=3))
    assert held.seen
    assert (held.time_s, held.people) == (HOLD_GAP_S, 3)
    assert not smoother.step(PoseFrame.nobody(HOLD_GAP_S + 0.1, figures.SIZE)).seen


def test_nobody_yet_is_nobody(figures):
    smoother = Smoother()
    assert not smoother.step(PoseFrame.nobody(0.0, figures.SIZE)).seen
    assert math.isnan(smoother.yaw_deg)
    assert smoother.near is None


@pytest.mark.parametrize(("gap_s", "fresh"), [(FORGET_S - 0.1, False), (FORGET_S + 0.1, True)])
def test_after_a_long_gap_the_filter_starts_afresh(figures, gap_s, fresh):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    pose = smoother.step(figures.make(wrist=(315, 250), time_s=gap_s))
    assert (pose.xy_px[WRIST, 0] == 315) == fresh


def test_a_pose_without_a_trunk_passes_and_is_forgotten(figures):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    xy = np.array(figures.make().xy_px)
    xy[[11, 12]] = xy[[23, 24]]  # the shoulders on the hips
    folded = replace(figures.make(time_s=0.1), xy_px=xy)
    assert smoother.step(folded) is folded
    assert smoother.step(figures.make(time_s=0.2)).xy_px == pytest.approx(figures.make().xy_px)


def test_a_turn_shows_after_half_a_second(figures):
    """The median of a second follows once the new yaw is its larger half; 15 pictures a second."""
    smoother, yaws = Smoother(), []
    for i in range(31):
        smoother.step(figures.make(time_s=i / 15, yaw_deg=0 if i < 15 else 40))
        yaws.append(smoother.yaw_deg)
    assert yaws[14 + 7] == pytest.approx(1.5, abs=0.1)
    assert yaws[14 + 9] == pytest.approx(42.2, abs=0.2)


def test_wrong_yaws_of_a_third_of_a_second_leave_no_trace(figures):
    smoother = Smoother()
    for i in range(31):
        smoother.step(figures.make(time_s=i / 15, yaw_deg=88 if 18 <= i < 23 else 0))
        assert smoother.yaw_deg == pytest.approx(1.5, abs=0.1)


def test_the_near_side_does_not_flip_on_one_frame(figures):
    smoother, pose = Smoother(), figures.make()
    smoother.step(pose)
    assert smoother.near == "right"
    turned = pose.mirrored()
    smoother.step(PoseFrame(0.05, turned.size_px, pose.xy_px, turned.xyz_m, pose.visibility, pose.back_xy_px))
    assert smoother.near == "right"
    for i in range(2, 60):
        smoother.step(PoseFrame(i / 20, turned.size_px, pose.xy_px, turned.xyz_m, pose.visibility, pose.back_xy_px))
    assert smoother.near == "left"


def test_a_side_that_is_hardly_nearer_does_not_take_over(figures):
    """Facing the camera the vote is within 5 cm: the side stays what it was, however long that lasts."""
    smoother, pose = Smoother(), figures.make()
    smoother.step(pose)
    faint = pose.mirrored().xyz_m * 0.2
    for i in range(1, 100):
        smoother.step(PoseFrame(i / 20, pose.size_px, pose.xy_px, faint, pose.visibility, pose.back_xy_px))
    assert smoother.near == "right"


def flat(pose, time_s=0.0, **points):
    """The same pose without depth, some of its landmarks elsewhere."""
    xy = np.array(pose.xy_px)
    for name, place in points.items():
        xy[INDEX[name]] = place
    return PoseFrame(time_s, pose.size_px, xy, np.full((33, 3), np.nan), pose.visibility, pose.back_xy_px)


def test_without_depth_the_picture_tells_view_and_side(figures):
    smoother, pose = Smoother(), figures.make()
    smoother.step(flat(pose))
    assert (smoother.yaw_deg, smoother.near) == (0.0, "right")  # the shoulders lie on each other; it faces right


def test_without_depth_one_arm_that_reaches_forward_turns_nobody(figures):
    apart = {"left_shoulder": (350, 150), "left_elbow": (400, 150), "right_elbow": (300, 200)}
    together = {**apart, "left_elbow": (350, 200)}
    no_arms = {**apart, "left_elbow": (math.nan, math.nan)}
    yaws = []
    for turned in (apart, together, no_arms):
        smoother = Smoother()
        smoother.step(flat(figures.make()))
        smoother.step(flat(figures.make(), 0.5, **turned))
        yaws.append(smoother.yaw_deg)
    assert yaws[0] == 0
    assert yaws[1] == yaws[2] > 10


def test_a_landmark_that_was_missing_comes_back_at_once(figures):
    smoother = Smoother()
    gone = {"left_wrist": (math.nan, math.nan)}
    smoother.step(flat(figures.make(), 0.0, **gone))
    assert np.isnan(smoother.step(flat(figures.make(), 0.1, **gone)).xy_px[INDEX["left_wrist"]]).all()
    back = smoother.step(flat(figures.make(), 0.2, left_wrist=(320, 240)))
    assert back.xy_px[INDEX["left_wrist"]].tolist() == [320, 240]
    assert np.isnan(smoother.step(flat(figures.make(), 0.3, **gone)).xy_px[INDEX["left_wrist"]]).all()
    again = smoother.step(flat(figures.make(), 0.4, left_wrist=(330, 240)))
    assert again.xy_px[INDEX["left_wrist"]].tolist() == [330, 240]


# Yaw and arms ---------------------------------------------------------------------------------------------------------


def yaw_after(figures, elbow):
    """The steadied yaw after 4 s in which the shoulders turn by 40 degrees and the left upper arm points so."""
    smoother = Smoother()
    for i in range(61):
        pose = figures.make(time_s=i / 15, yaw_deg=0 if i == 0 else 40, elbow=(300, 200), left_elbow=elbow)
        world = np.array(pose.xyz_m)
        world[INDEX["left_elbow"]] += np.array(pose.xyz_m)[INDEX["left_shoulder"]] * np.array([0, 0, 1])
        smoother.step(replace(pose, xyz_m=world))
    return smoother.yaw_deg


def test_an_arm_that_reaches_forward_does_not_turn_the_person(figures):
    assert yaw_after(figures, (300, 200)) == pytest.approx(42.2, abs=0.5)  # both hang: the person has turned
    assert yaw_after(figures, (360, 150)) == pytest.approx(1.5, abs=0.1)  # one level in front: as it was
    assert yaw_after(figures, (math.nan, math.nan)) == pytest.approx(1.5, abs=0.1)  # nobody knows


def test_a_first_look_is_taken_whatever_the_arms_do(figures):
    pose = figures.make(yaw_deg=40, left_elbow=(360, 150))
    assert arms_apart_deg(pose.xyz_m) > ARMS_APART_DEG
    smoother = Smoother()
    smoother.step(pose)
    assert smoother.yaw_deg == pytest.approx(42.2, abs=0.1)


# Front and back -------------------------------------------------------------------------------------------------------


def votes_of(pose):
    return find_trunk_axis(pose.xy_px, pose.xyz_m).signed_votes


def doubtful(pose, flip=1.0):
    """The same picture in which the depth is gone, and so the best witness; or reversed, and so a false one."""
    return replace(pose, xyz_m=np.array(pose.xyz_m) * np.array([1, 1, -1.0 if flip < 0 else 0.0]))


@pytest.fixture
def facing_away(figures):
    """A pose whose chest faces the other way while nothing in the picture has moved."""
    return lambda t: doubtful(figures.make(time_s=t), -1.0)


def test_the_front_is_known_from_the_first_pose(figures):
    smoother = Smoother()
    assert smoother.front_votes is None
    smoother.step(figures.make())
    assert smoother.front_votes == pytest.approx(votes_of(figures.make()))
    assert smoother.front_votes >= MIN_SIDE_VOTES


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_one_doubtful_pose_does_not_lose_the_front(figures, facing_away, fps):
    """The pose alone says that it is not clear which way the body faces; the course of poses still knows."""
    smoother = Smoother()
    for i in range(2 * fps):
        smoother.step(figures.make(time_s=i / fps))
    odd = facing_away(2.0)
    assert abs(votes_of(odd)) < MIN_SIDE_VOTES
    steady = smoother.step(odd)
    assert smoother.front_votes >= MIN_SIDE_VOTES
    assert measure_pose(steady).values["knee_left_deg"].reason == Reason(ReasonCode.FRONT_UNKNOWN)
    known = measure_pose(steady, view=smoother.view)
    assert known.values["trunk_inclination_deg"].value == pytest.approx(0, abs=0.1)


def test_doubt_that_lasts_keeps_a_front_that_was_sure(figures):
    """A head between the arms for a minute: nothing says that the person has turned."""
    smoother = Smoother()
    smoother.step(figures.make())
    column = {part: (300, y) for part, (_, y) in figures.STANDING.items()}
    for i in range(1, 600):
        smoother.step(doubtful(figures.make(column, time_s=i / 10)))
    assert smoother.front_votes == MIN_SIDE_VOTES


def turned_after(figures, fps):
    """Front votes of a person who turns around at 2 s, and when they were believed to have."""
    smoother, votes = Smoother(), []
    for i in range(10 * fps):
        pose = figures.make(time_s=i / fps)
        smoother.step(pose if i < 2 * fps else pose.mirrored())
        votes.append(smoother.front_votes)
    return votes, next(i / fps for i, v in enumerate(votes) if v <= -MIN_SIDE_VOTES)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_who_turns_around_is_believed_within_some_seconds(figures, fps):
    votes, turned_s = turned_after(figures, fps)
    full = votes_of(figures.make())
    assert votes[-1] == pytest.approx(-full, rel=0.1)
    # the steadied votes fall as full * (2 exp(-t / tau) - 1) and must pass the other way
    assert turned_s == pytest.approx(2 + FRONT_TAU_S * math.log(2 / (1 - MIN_SIDE_VOTES / full)), abs=0.1)


def test_in_a_turn_the_front_becomes_unknown_before_it_changes(figures):
    votes, turned_s = turned_after(figures, 30)
    signs = [0 if abs(v) < MIN_SIDE_VOTES else math.copysign(1, v) for v in votes]
    assert [a for a, b in zip(signs, [*signs[1:], None], strict=True) if a != b] == [1, 0, -1]
    given_up_s = signs.index(0) / 30
    assert 2 < given_up_s < turned_s


def test_a_front_that_was_never_sure_follows_what_is_seen(figures):
    column = {part: (300, y) for part, (_, y) in figures.STANDING.items()}
    smoother = Smoother()
    smoother.step(doubtful(figures.make(column)))
    assert smoother.front_votes == pytest.approx(0, abs=1e-6)
    for i in range(1, 200):
        smoother.step(figures.make(time_s=i / 20))
    assert smoother.front_votes == pytest.approx(votes_of(figures.make()), rel=0.05)


def test_after_a_long_gap_the_front_is_looked_for_again(figures):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    smoother.step(figures.make(time_s=FORGET_S + 0.1).mirrored())
    assert smoother.front_votes == pytest.approx(-votes_of(figures.make()))


def test_the_mirrored_course_has_the_mirrored_votes(figures):
    one, other = Smoother(), Smoother()
    for i in range(60):
        pose = figures.make(figures.HINGED if i % 7 else figures.STANDING, time_s=i / 20)
        one.step(pose)
        other.step(pose.mirrored())
        assert other.front_votes == pytest.approx(-one.front_votes, abs=1e-4)


# Cuts of the film -----------------------------------------------------------------------------------------------------


def moved(figures, way_px, **about):
    """A person who is that much further to the right."""
    return figures.make({part: (x + way_px, y) for part, (x, y) in figures.STANDING.items()}, **about)


@pytest.mark.parametrize(
    ("gap_s", "way_px", "cuts"),
    [
        pytest.param(0.2, 95, 0, id="a trunk of 100 px moves by 5 of them a second, so by 100 px in 0.2 s"),
        pytest.param(0.2, 105, 1, id="further is a cut"),
        pytest.param(0.4, 195, 0, id="twice the time, twice the way"),
        pytest.param(0.4, 205, 1, id="and no further"),
        pytest.param(0.033, 95, 0, id="a shorter time counts as 0.2 s"),
        pytest.param(0.033, 105, 1, id="but not as more"),
    ],
)
def test_a_trunk_that_moves_faster_than_a_person_is_a_cut(figures, gap_s, way_px, cuts):
    smoother = Smoother()
    smoother.step(figures.make(time_s=1.0))
    smoother.step(moved(figures, way_px, time_s=1.0 + gap_s))
    assert smoother.cuts == cuts


@pytest.mark.parametrize(("way_px", "is_cut"), [(0, False), (200, True)])
def test_after_a_cut_nothing_is_smoothed_with_the_past(figures, way_px, is_cut):
    """The next picture shows a person who faces the other way; without a cut that is believed after some seconds."""
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    full = smoother.front_votes
    smoother.step(moved(figures, way_px, time_s=0.1).mirrored())
    assert smoother.cuts == is_cut
    assert (smoother.front_votes == pytest.approx(-full)) == is_cut
    assert (smoother.front_votes > 0.5 * full) == (not is_cut)


@pytest.mark.parametrize(
    ("growth", "gap_s", "cuts"),
    [
        pytest.param(1.6, 0.1, 0, id="a landmark that is lost changes the length, too"),
        pytest.param(1.8, 0.1, 1, id="a close-up"),
        pytest.param(1 / 1.8, 0.1, 1, id="and back"),
        pytest.param(1.8, 0.4, 0, id="in a longer time a person may come nearer"),
    ],
)
def test_a_trunk_that_changes_its_size_at_once_is_a_cut(figures, growth, gap_s, cuts):
    """The middle of the trunk stays where it was."""
    middle = np.mean([figures.STANDING["hip"], figures.STANDING["shoulder"]], axis=0)
    larger = {part: tuple(middle + growth * (np.array(xy) - middle)) for part, xy in figures.STANDING.items()}
    smoother = Smoother()
    smoother.step(figures.make(time_s=1.0))
    smoother.step(figures.make(larger, time_s=1.0 + gap_s))
    assert smoother.cuts == cuts


def test_a_larger_person_may_move_further(figures):
    """Twice the size: 150 px are less than one trunk of 200 px."""
    twice = {part: (2 * x, 2 * y) for part, (x, y) in figures.STANDING.items()}
    smoother = Smoother()
    smoother.step(figures.make(twice))
    smoother.step(figures.make({part: (x + 150, y) for part, (x, y) in twice.items()}, time_s=0.1))
    assert smoother.cuts == 0


def test_a_glance_at_another_person_is_two_cuts(figures):
    smoother = Smoother()
    for i in range(6):
        smoother.step(moved(figures, 200 if i == 3 else 0, time_s=i / 10))
    assert smoother.cuts == 2


def test_who_was_not_seen_for_long_may_be_elsewhere(figures):
    """In 2 s a person may go 10 trunk lengths."""
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    smoother.step(PoseFrame.nobody(1.0, figures.SIZE))
    smoother.step(moved(figures, 300, time_s=2.0))
    assert smoother.cuts == 0
