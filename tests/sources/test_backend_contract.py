"""What every PoseEstimator must keep to, and how MediaPipePose keeps to one of several people.

Most of it runs on coloured figures: a stand-in for MediaPipe's landmarker finds a person in every patch of a pure
colour, and follows it as the true one does. The tests marked slow ask the true model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

from formcheck.core.errors import BackendError
from formcheck.core.records import N_BACK, Frame, PoseFrame
from formcheck.sources import found_people, mediapipe_pose
from formcheck.sources.mediapipe_pose import MIRROR_EVERY, SCAN_EVERY_S, MediaPipePose
from formcheck.sources.pose_bundle import PoseBundle, find_pose_bundle
from formcheck.sources.video import open_video

RED, GREEN = (255, 0, 0), (0, 255, 0)
WIDTH, HEIGHT = 320, 240


# Coloured figures -----------------------------------------------------------------------------------------------------


def picture(**figures):
    """Return a dark picture with figures 100 px high: name of the colour -> (left edge, width), px."""
    image = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
    for colour, (x, width) in figures.items():
        image[60:160, x : x + width] = {"red": RED, "green": GREEN}[colour]
    return image


def body_of(image, colour):
    """Return landmarks and mask of the figure of one colour as MediaPipe gives them, or None."""
    mask = (image == colour).all(axis=2)
    if mask.sum() < 500:
        return None
    rows, columns = np.nonzero(mask)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    height, width = image.shape[:2]
    y = np.full(33, top + 0.1 * (bottom - top))
    y[11:13], y[23:25], y[25:] = (top + share * (bottom - top) for share in (0.25, 0.6, 0.9))
    x = np.where(np.arange(33) % 2, left, right - 1).astype(float)
    marks = [SimpleNamespace(x=a / width, y=b / height, visibility=0.9) for a, b in zip(x, y, strict=True)]
    world = [
        SimpleNamespace(x=a / 100, y=b / 100, z=-0.1 + 0.2 * (k % 2)) for k, (a, b) in enumerate(zip(x, y, strict=True))
    ]
    return marks, world, mask[..., None].astype(np.float32)


@dataclass
class ColourLandmarker:
    """Finds the largest figure; as a tracker it stays with the one it has."""

    video: bool
    masks: bool = True
    kept: tuple[int, int, int] | None = None
    closed: bool = False

    def detect_for_video(self, picture, stamp_ms):
        assert self.video
        assert stamp_ms > getattr(self, "stamp_ms", -1), "MediaPipe refuses times that do not rise"
        self.stamp_ms = stamp_ms
        return self._found(picture.numpy_view())

    def detect(self, picture):
        assert not self.video
        return self._found(picture.numpy_view())

    def _found(self, image):
        bodies = {colour: body for colour in (RED, GREEN) if (body := body_of(image, colour)) is not None}
        if self.kept not in bodies:
            self.kept = max(bodies, key=lambda c: bodies[c][2].sum(), default=None)
        found = bodies.get(self.kept)
        if not self.video:
            self.kept = None
        if found is None:
            return SimpleNamespace(pose_landmarks=[])
        marks, world, mask = found
        view = SimpleNamespace(numpy_view=lambda: mask)
        return SimpleNamespace(
            pose_landmarks=[marks], pose_world_landmarks=[world], segmentation_masks=[view] if self.masks else None
        )

    def close(self):
        self.closed = True


@pytest.fixture
def colour_pose(monkeypatch):
    """Return a function that makes a MediaPipePose which sees coloured figures."""
    made = []

    def landmarker(bundle, *, video, masks=True):
        made.append(ColourLandmarker(video, masks))
        return made[-1]

    monkeypatch.setattr(mediapipe_pose, "open_landmarker", landmarker)

    def make(**options):
        pose = MediaPipePose(PoseBundle(None, "colours", "0" * 64), **options)
        pose.landmarkers = made
        return pose

    return make


class ScriptedPose:
    """The smallest back-end there can be: somebody in a bright picture, nobody in a dark one."""

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


# The contract ---------------------------------------------------------------------------------------------------------

BACKENDS = ["scripted", "coloured figures", pytest.param("mediapipe", marks=pytest.mark.slow)]


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Return how to make an estimator, and a picture in which it sees somebody."""
    if request.param == "scripted":
        return ScriptedPose, picture(red=(100, 40))
    if request.param == "coloured figures":
        return request.getfixturevalue("colour_pose"), picture(red=(100, 40))
    clip = request.getfixturevalue("bench_dir") / "clips" / "dev_00_hinge_good.mp4"
    with open_video(clip) as video:
        image = next(iter(video)).image
    return lambda **options: MediaPipePose(find_pose_bundle(), **options), image


def test_backend_says_which_model_it_is(backend):
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
    with make() as estimator:
        seen = [
            estimator.estimate(Frame(k, k / 15, image if k < 2 or k > 4 else np.zeros_like(image))).seen
            for k in range(9)
        ]
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


# MediaPipePose: one of several people ---------------------------------------------------------------------------------


def middle_x(pose):
    return float(np.mean(pose.xy_px[[11, 12, 23, 24], 0]))


def follow(estimator, pictures, *, fps=10):
    return [estimator.estimate(Frame(k, k / fps, image)) for k, image in enumerate(pictures)]


def leftmost(people):
    return int(np.argmin([middle_x(p) for p in people]))


def test_alone_is_one_person(colour_pose):
    with colour_pose() as estimator:
        assert [p.people for p in follow(estimator, [picture(red=(100, 40))] * 3)] == [1, 1, 1]


def test_without_a_rule_the_larger_person_is_followed(colour_pose):
    both = picture(red=(40, 40), green=(200, 70))
    with colour_pose() as estimator:
        poses = follow(estimator, [both] * 5)
    assert [p.people for p in poses] == [2] * 5
    assert {round(middle_x(p)) for p in poses} == {234}


def test_chosen_person_is_kept_though_the_other_is_larger(colour_pose):
    # The tracker takes the larger one first; painting that one over moves its lock to the chosen one, for good.
    both = picture(red=(40, 40), green=(200, 70))
    with colour_pose(choose=leftmost) as estimator:
        poses = follow(estimator, [both] * 120)  # longer than a scan interval
    assert SCAN_EVERY_S < 120 / 10
    assert {round(middle_x(p)) for p in poses} == {60}
    assert {p.people for p in poses} == {2}


def test_choice_is_made_once_and_the_chosen_one_followed_where_he_goes(colour_pose):
    pictures = [picture(red=(40 + 3 * k, 40), green=(20 if k > 20 else 250, 60)) for k in range(45)]
    with colour_pose(choose=leftmost) as estimator:
        poses = follow(estimator, pictures)
    # From k = 21 on the other one stands further left, and is still not taken.
    np.testing.assert_allclose([middle_x(p) for p in poses], [60 + 3 * k for k in range(45)], atol=1)


def test_jump_to_the_other_person_is_not_followed(colour_pose):
    both, other_alone = picture(red=(40, 40), green=(200, 70)), picture(green=(200, 70))
    with colour_pose(choose=leftmost) as estimator:
        poses = follow(estimator, [both] * 3 + [other_alone])
    assert [p.seen for p in poses] == [True, True, True, False]


def test_somebody_who_comes_in_later_is_counted_and_not_taken(colour_pose):
    alone, both = picture(red=(40, 40)), picture(red=(40, 40), green=(200, 70))
    with colour_pose(choose=lambda _: pytest.fail("the subject was chosen before")) as estimator:
        poses = follow(estimator, [alone] * 5 + [both] * 115)
    assert (poses[0].people, poses[-1].people) == (1, 2)
    assert {round(middle_x(p)) for p in poses} == {60}


def test_large_pictures_are_reduced_and_poses_given_in_their_pixels(colour_pose):
    image = np.kron(picture(red=(100, 40)), np.ones((6, 6, 1), np.uint8))
    with colour_pose() as estimator:
        pose = estimator.estimate(Frame(0, 0.0, image))
    assert pose.size_px == (6 * WIDTH, 6 * HEIGHT)
    assert middle_x(pose) == pytest.approx(6 * 120, abs=6)


def test_closing_frees_all_models(colour_pose):
    with colour_pose() as estimator:
        pass
    assert sorted(m.video for m in estimator.landmarkers) == [False, True, True]
    assert all(m.closed for m in estimator.landmarkers)


# MediaPipePose: the mirrored picture ----------------------------------------------------------------------------------


def mirrors(poses):
    return [k for k, pose in enumerate(poses) if pose.mirror is not None]


def test_one_frame_in_so_many_carries_its_mirror_put_back(colour_pose):
    with colour_pose() as estimator:
        poses = follow(estimator, [picture(red=(100, 40))] * (2 * MIRROR_EVERY + 1))
    assert mirrors(poses) == [0, MIRROR_EVERY, 2 * MIRROR_EVERY]
    # a figure that is its own mirror image: the right side of the one is the left side of the other
    trunk = [11, 12, 23, 24]
    np.testing.assert_allclose(poses[0].mirror.xy_px[trunk], poses[0].xy_px[trunk], atol=1.01)


def test_mirror_is_in_pixels_of_the_source(colour_pose):
    image = picture(red=(40, 40))
    with colour_pose(size_px=(2 * WIDTH, 2 * HEIGHT)) as estimator:
        (pose,) = follow(estimator, [image])
    assert middle_x(pose) == pytest.approx(2 * 59.5, abs=1)
    assert middle_x(pose.mirror) == pytest.approx(2 * 60, abs=2)


def test_photograph_carries_its_mirror(colour_pose):
    with colour_pose(still=True) as estimator:
        assert estimator.estimate(Frame(0, 0.0, picture(red=(100, 40)))).mirror is not None


def test_where_two_people_are_in_view_the_mirror_is_left_out(colour_pose):
    with colour_pose() as estimator:
        assert mirrors(follow(estimator, [picture(red=(40, 40), green=(200, 70))] * 20)) == []


def test_somebody_else_in_the_mirror_is_refused_and_looked_for_anew(colour_pose):
    alone, both = picture(red=(40, 40)), picture(red=(40, 40), green=(200, 70))
    with colour_pose() as estimator:
        first = follow(estimator, [alone])  # alone at the scan: the other one comes in unnoticed
        tracker = next(m for m in estimator.landmarkers if m.video and m.masks)
        mirror = next(m for m in estimator.landmarkers if m.video and not m.masks)
        tracker.kept, mirror.kept = RED, GREEN
        later = [estimator.estimate(Frame(k, k / 10, both)) for k in range(1, MIRROR_EVERY + 1)]
        assert mirror.kept is None
        last = [estimator.estimate(Frame(k, k / 10, alone)) for k in range(MIRROR_EVERY + 1, 4 * MIRROR_EVERY)]
    assert mirrors(first + later + last)[:2] == [0, 3 * MIRROR_EVERY]


@pytest.mark.parametrize(
    ("shoulder", "hip", "same"),
    [
        ((100, 50), (100, 150), True),
        ((120, 55), (115, 150), True),
        ((100, 150), (100, 50), False),  # upside down
        ((160, 50), (160, 150), False),  # beside
        ((100, 75), (100, 125), False),  # half as long
        ((150, 100), (50, 100), False),  # lying
    ],
)
def test_trunk_of_the_same_person(shoulder, hip, same):
    def marks(a, b):
        xy = np.zeros((33, 2), np.float32)
        xy[11:13], xy[23:25] = a, b
        return xy

    assert found_people.same_trunk(marks((100, 50), (100, 150)), marks(shoulder, hip)) is same


def test_photograph_needs_no_tracker(colour_pose):
    with colour_pose(still=True) as estimator:
        assert estimator.estimate(Frame(0, 0.0, picture(red=(100, 40)))).seen
    assert [m.video for m in estimator.landmarkers] == [False]


@pytest.mark.slow
def test_file_that_is_no_model_is_told_in_one_line(tmp_path):
    path = tmp_path / "mine.task"
    path.write_bytes(b"not a model")
    with pytest.raises(BackendError, match=r"^mine\.task: expected a pose landmarker bundle, got: .+$"):
        MediaPipePose(find_pose_bundle(path))


@pytest.mark.slow
@pytest.mark.parametrize("side", ["left", "right"])
def test_chosen_one_of_two_true_people_is_kept(bench_dir, side):
    clips = [bench_dir / "clips" / f"{name}.mp4" for name in ("dev_00_hinge_good", "dev_01_hinge_good_deep")]
    with open_video(clips[0]) as a, open_video(clips[1]) as b:
        pairs = zip(a, b, strict=False)
        pictures = [np.hstack([one.image[:, 120:520], two.image[:, 120:520]]) for one, two in islice(pairs, 60)]
    pick = {"left": leftmost, "right": lambda people: 1 - leftmost(people)}[side]
    with MediaPipePose(find_pose_bundle(), choose=pick) as estimator:
        poses = follow(estimator, pictures, fps=15)
    assert all((middle_x(p) < 400) == (side == "left") for p in poses)
    assert {p.people for p in poses} == {2}
