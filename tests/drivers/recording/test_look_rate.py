"""The number of analysed frames: it depends on seconds, not frames, and ignores doubt about a single point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.records import N_BACK, PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.drivers.recording.look_rate import LONGEST_STILL_S, LookRate

SIZE_PX = (640, 480)
TRUNK_PX = 100.0


def standing(time_s, *, moved_px=None):
    """Return a person who stands: shoulders 100 px above the hips; `moved_px` adds to points by their name."""
    xy = np.full((33, 2), 200.0)
    xy[[INDEX["left_shoulder"], INDEX["right_shoulder"]]] = (200, 100)
    for name, shift in (moved_px or {}).items():
        xy[INDEX[name]] += shift
    return PoseFrame(time_s, SIZE_PX, xy, np.zeros((33, 3)), np.ones(33), np.full((N_BACK, 2), np.nan))


def looked_at(fps, seconds, pose_at=standing):
    """Return the times of the frames that are looked at in a recording."""
    rate, times = LookRate(1 / fps), []
    for k in range(int(fps * seconds)):
        if rate.wants(k / fps):
            times.append(k / fps)
            rate.note(pose_at(k / fps))
    return times


@pytest.mark.parametrize(
    ("fps", "looks"), [(10, 10), (15, 15), (24, 12), (25, 12.5), (29.97, 9.99), (30, 10), (60, 10), (120, 10)]
)
def test_body_at_rest_is_seen_each_tenth_of_a_second(fps, looks):
    times = looked_at(fps, 20)
    rest = np.array([t for t in times if t > 1])
    assert np.diff(rest).max() <= 0.1 + 0.1 / fps + 1e-9
    assert (len(rest) - 1) / (rest[-1] - rest[0]) == pytest.approx(looks, rel=0.01)


def swinging(time_s):
    """Bounce with the whole upper body: 10 % of the trunk to and fro, twice a second; 1.3 trunk lengths a second."""
    shift = np.array([0.1 * TRUNK_PX * np.sin(4 * np.pi * time_s), 0.0])
    names = ("nose", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist")
    return standing(time_s, moved_px=dict.fromkeys(names, shift))


@pytest.mark.parametrize(("fps", "looks"), [(30, 30), (60, 30), (24, 24)])
def test_bounce_is_seen_thirty_times_a_second(fps, looks):
    times = [t for t in looked_at(fps, 6, swinging) if t > 1]
    assert len(times) / 5 == pytest.approx(looks, rel=0.03)


def test_rate_falls_again_when_the_body_rests():
    times = looked_at(60, 6, lambda t: swinging(t) if t < 3 else standing(t))
    assert len([t for t in times if 4 < t < 6]) == pytest.approx(20, abs=1)


def test_two_points_in_doubt_are_no_movement():
    rng = np.random.default_rng(1)

    def doubtful(time_s):
        return standing(time_s, moved_px={"left_wrist": rng.normal(0, 40, 2), "left_elbow": rng.normal(0, 40, 2)})

    times = [t for t in looked_at(30, 10, doubtful) if t > 1]
    assert len(times) == pytest.approx(90, abs=2)


def test_who_comes_into_view_is_seen_at_once_and_often():
    def pose(time_s):
        return standing(time_s) if time_s > 2 else PoseFrame.nobody(time_s, SIZE_PX)

    times = looked_at(30, 4, pose)
    assert len([t for t in times if 1 < t < 2]) == pytest.approx(10, abs=1)  # nobody: ten a second
    assert len([t for t in times if 2.1 < t < 2.4]) >= 8


@given(st.lists(st.floats(0.001, 0.5), min_size=2, max_size=60), st.floats(0.005, 0.2), st.integers(0, 2**32 - 1))
def test_no_gap_longer_than_needed_whatever_the_clock(steps_s, period_s, seed):
    rng = np.random.default_rng(seed)
    rate, last_s, times_s = LookRate(period_s), None, np.cumsum(steps_s)
    for before_s, time_s in zip([0.0, *times_s], times_s, strict=False):
        if rate.wants(time_s):
            rate.note(standing(time_s, moved_px={"nose": rng.normal(0, 20, 2)}))
            last_s = time_s
        else:
            # what is left out is less than a tenth of a second after the last look
            assert last_s is not None
            assert time_s - last_s < 0.1
        assert before_s < time_s


# The picture stays the same -------------------------------------------------------------------------------------------


@dataclass
class Decoded:
    """A decoded picture of one grey level, with a spot where something has moved."""

    time_s: float
    spot: int | None = None
    grey: int = 100
    made: int = 0

    def make_thumbnail(self):
        self.made += 1
        thumbnail = np.full((60, 80), self.grey, np.uint8)
        if self.spot is not None:
            thumbnail[20:24, self.spot] = 140
        return thumbnail


def watch(frames, pose_at=standing):
    """Return the times of the looks, and the poses that were given instead of one."""
    rate, looks, repeats = LookRate(1 / 30), [], []
    for frame in frames:
        if not rate.wants(frame.time_s):
            continue
        same = rate.repeat(frame)
        if same is not None:
            repeats.append(same)
            continue
        looks.append(frame.time_s)
        rate.note(pose_at(frame.time_s))
    return looks, repeats


def test_pose_of_a_still_picture_counts_on():
    looks, repeats = watch([Decoded(k / 30) for k in range(300)])
    assert np.diff(looks)[20:].max() <= LONGEST_STILL_S + 1 / 30 + 1e-9
    assert len([t for t in looks if t > 2]) <= 8 / LONGEST_STILL_S + 1
    times = sorted([*looks, *(one.time_s for one in repeats)])
    assert np.diff(times).max() <= 0.1 + 1e-9, "poses still come ten times a second"
    assert all(one.mirror is None for one in repeats)
    np.testing.assert_array_equal(repeats[0].xy_px, standing(0.0).xy_px)


def test_picture_that_changes_is_looked_at_at_once():
    frames = [Decoded(k / 30, spot=None if k < 150 else 30) for k in range(300)]
    looks, _ = watch(frames)
    assert any(5.0 <= t <= 5.1 + 1e-9 for t in looks)


def test_picture_that_always_changes_is_always_looked_at():
    looks, repeats = watch([Decoded(k / 30, spot=k % 80) for k in range(300)])
    assert not repeats
    assert len(looks) >= 100


def test_slow_change_adds_up_against_the_last_look():
    looks, repeats = watch([Decoded(k / 30, grey=100 + k // 2) for k in range(150)])
    later = [t for t in looks if t > 1]
    assert repeats, "a change of two levels is not seen"
    assert np.diff(later).max() < LONGEST_STILL_S - 0.05, "ten levels in that time are"


def test_body_that_moves_is_not_compared():
    def walking(time_s):
        names = ("nose", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist")
        return standing(time_s, moved_px=dict.fromkeys(names, np.array([0.5 * TRUNK_PX * time_s, 0.0])))

    frames = [Decoded(k / 30) for k in range(60)]
    watch(frames, walking)
    assert not sum(frame.made for frame in frames)


def test_empty_room_is_looked_at_twice_a_second():
    looks, repeats = watch([Decoded(k / 30) for k in range(300)], lambda time_s: PoseFrame.nobody(time_s, SIZE_PX))
    assert len([t for t in looks if t > 2]) <= 17
    assert not any(one.seen for one in repeats)
