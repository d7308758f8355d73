"""Rules for every PoseEstimator. The tests marked slow use the real engines."""

from __future__ import annotations

import re

import numpy as np
import pytest

from formcheck.core.records import N_BACK, Frame, PoseFrame
from formcheck.sources.pose.engine import ENGINES
from formcheck.sources.pose.subject import MIRROR_EVERY, SubjectPose
from formcheck.sources.video import open_video

from .figures import ColourLooks, follow, leftmost, middle_x, picture


class ScriptedPose:
    """The smallest estimator there can be: a person in a bright picture, nobody in a dark one."""

    name, sha256 = "scripted", "f" * 64

    def __init__(self, *, size_px=None):
        self.size_px = size_px

    def estimate(self, frame):
        size_px = self.size_px or (frame.image.shape[1], frame.image.shape[0])
        if frame.image.max() < 128:
            return PoseFrame.nobody(frame.time_s, size_px)
        middle = np.array(size_px) / 2
        xy_px = middle + np.arange(66).reshape(33, 2)
        return PoseFrame(frame.time_s, size_px, xy_px, np.zeros((33, 3)), np.ones(33), np.full((N_BACK, 2), np.nan))

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def coloured(**options):
    return SubjectPose(ColourLooks(), name="colours", sha256="0" * 64, **options)


@pytest.fixture(params=["scripted", "coloured", *(pytest.param(one, marks=pytest.mark.slow) for one in ENGINES)])
def backend(request):
    """Return how to make an estimator, and a picture in which it sees a person."""
    if request.param in ("scripted", "coloured"):
        return {"scripted": ScriptedPose, "coloured": coloured}[request.param], picture(red=(100, 40))
    engine = request.getfixturevalue("engine")(request.param)
    return engine.follow, request.getfixturevalue("standing")


def test_estimator_says_which_model_it_is(backend):
    make, _ = backend
    with make() as estimator:
        assert isinstance(estimator.name, str)
        assert estimator.name
        assert re.fullmatch(r"[0-9a-f]{64}", estimator.sha256)


def test_person_is_given_in_full_at_the_time_of_the_frame(backend):
    make, image = backend
    times_s = [0.0, 0.0005, 1 / 3, 10.0]  # also two within one millisecond
    with make() as estimator:
        poses = [estimator.estimate(Frame(k, t, image)) for k, t in enumerate(times_s)]
    assert [p.time_s for p in poses] == times_s
    shapes = {"xy_px": (33, 2), "xyz_m": (33, 3), "visibility": (33,), "back_xy_px": (N_BACK, 2)}
    for pose in poses:
        assert pose.seen
        assert pose.people >= 1
        for name, shape in shapes.items():
            array = getattr(pose, name)
            assert (array.shape, array.dtype, array.flags.writeable) == (shape, np.float32, False), name
        assert np.isfinite(pose.xy_px).all()
        assert ((pose.visibility >= 0) & (pose.visibility <= 1)).all()


def test_nobody_is_nan_all_through(backend):
    make, image = backend
    with make() as estimator:
        pose = estimator.estimate(Frame(0, 0.0, np.zeros_like(image)))
    assert not pose.seen
    for name in ("xy_px", "xyz_m", "back_xy_px"):
        assert np.isnan(getattr(pose, name)).all(), name
    assert (pose.visibility == 0).all()
    assert (pose.time_s, pose.size_px) == (0.0, (image.shape[1], image.shape[0]))


def test_person_who_comes_back_is_seen_again(backend):
    make, image = backend
    pictures = [image if k < 2 or k > 4 else np.zeros_like(image) for k in range(9)]
    with make() as estimator:
        seen = [pose.seen for pose in follow(estimator, pictures, fps=15)]
    assert seen[:2] == [True, True]
    assert seen[4] is False
    assert seen[-1] is True


def test_poses_are_in_pixels_of_the_source(backend):
    make, image = backend
    source_px = (2 * image.shape[1], 2 * image.shape[0])
    with make() as small, make(size_px=source_px) as full:
        one, two = (estimator.estimate(Frame(0, 0.0, image)) for estimator in (small, full))
    assert one.size_px == (image.shape[1], image.shape[0])
    assert two.size_px == source_px
    middle = np.nanmean(two.xy_px, axis=0)
    assert ((middle > 0) & (middle < source_px)).all()
    if not isinstance(small, ScriptedPose):
        np.testing.assert_allclose(two.xy_px, 2 * one.xy_px, rtol=1e-5)
        np.testing.assert_allclose(two.back_xy_px, 2 * one.back_xy_px, rtol=1e-5)


def test_arrays_of_a_pose_outlive_the_next_frame(backend):
    make, image = backend
    with make() as estimator:
        pose = estimator.estimate(Frame(0, 0.0, image))
        before = pose.xy_px.copy()
        estimator.estimate(Frame(1, 0.1, image[:, ::-1].copy()))
    np.testing.assert_array_equal(pose.xy_px, before)


# The true engines -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=ENGINES)
def true_engine(request, engine):
    return engine(request.param)


@pytest.mark.slow
def test_person_stands_where_the_picture_shows_them(true_engine, standing):
    with true_engine.follow() as estimator:
        pose = follow(estimator, [standing])[0]
    nose, hips, ankles = (pose.xy_px[index].mean(axis=0) for index in ([0], [23, 24], [27, 28]))
    assert nose[1] < hips[1] < ankles[1]
    assert ankles[1] - nose[1] > 0.5 * standing.shape[0]
    assert np.isfinite(pose.back_xy_px).all(axis=1).sum() > 40


@pytest.mark.slow
@pytest.mark.parametrize("still", [False, True], ids=["film", "photograph"])
def test_mirror_shows_the_same_person_put_back(true_engine, standing, still):
    with true_engine.follow(still=still) as estimator:
        poses = follow(estimator, [standing] * (1 if still else MIRROR_EVERY + 1))
    assert [k for k, pose in enumerate(poses) if pose.mirror is not None] == ([0] if still else [0, MIRROR_EVERY])
    trunk_px = np.hypot(*(poses[0].xy_px[[11, 12]].mean(axis=0) - poses[0].xy_px[[23, 24]].mean(axis=0)))
    apart = np.hypot(*(poses[0].mirror.xy_px - poses[0].xy_px).T)
    assert np.median(apart) < 0.05 * trunk_px
    assert apart.max() < 0.3 * trunk_px  # left and right exchanged would be further apart at the feet and hands


@pytest.mark.slow
@pytest.mark.parametrize("side", ["left", "right"])
def test_chosen_one_of_two_true_people_is_kept(true_engine, checkout, side):
    names = ("hinge_good", "hinge_back_rounding")
    halves = []
    for name in names:
        with open_video(checkout / "sample_videos" / f"{name}.mp4") as video:
            halves.append([frame.image[:, 120:520] for _, frame in zip(range(30), video, strict=False)])
    pick = {"left": leftmost, "right": lambda people: 1 - leftmost(people)}[side]
    with true_engine.follow(choose=pick) as estimator:
        poses = follow(estimator, [np.hstack(pair) for pair in zip(*halves, strict=True)], fps=15)
    assert all((middle_x(p) < 400) == (side == "left") for p in poses)
    assert {p.people for p in poses} == {2}
