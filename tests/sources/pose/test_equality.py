"""Our tracker against MediaPipe's: equal on single pictures, and as close on films as MediaPipe to itself.

Over a film the loop region → crop → network amplifies rounding, so no two trackers give the same film. MediaPipe
itself differs from MediaPipe as much where one pixel of the first frame is one level brighter: that is the bound.
The engines themselves give the same bytes every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.core.records import Frame
from formcheck.sources.pose.engine import is_installed, open_engine
from formcheck.sources.pose.mediapipe_engine import NoReports, build_task, open_landmarker
from formcheck.sources.pose.models import find_pose_model
from formcheck.sources.pose.networks import LiteRtRuntime, OpenVinoRuntime, PoseNetworks
from formcheck.sources.pose.people import Found
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX
from formcheck.sources.pose.tracker import Tracker
from formcheck.sources.video import open_video

pytestmark = pytest.mark.slow

OURS = ("direct", "openvino")
MOMENTS = (0, 60)
"""The pictures of each clip that are looked at: the start, and in the movement."""
FILMS = ("hinge_good", "cat_cow_good", "bridge_good")
FILM_FRAMES = 20
BRIGHTER_PX = ((100, 100), (200, 300))
"""Row and column of the pixels that are changed; the detector's input holds them as they are."""
CHAOS = 1.25
BEGIN_S = 1.0
"""MediaPipe ignores the first step of a film that begins at 0."""

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def networks() -> dict[str, PoseNetworks]:
    """Return engine -> its networks, for the engines that are installed; in CI both are."""
    model, runtimes = find_pose_model(), {"direct": LiteRtRuntime, "openvino": OpenVinoRuntime}
    return {name: PoseNetworks(model, runtimes[name]()) for name in OURS if is_installed(name)}


@contextmanager
def mediapipe(*, video: bool, masks: bool) -> Iterator[Any]:
    """Open MediaPipe's own landmarker."""
    NoReports.begin()
    try:
        with open_landmarker(build_task(find_pose_model()), video=video, masks=masks) as model:
            yield model
    finally:
        NoReports.end()


def as_picture(image: Image) -> Any:
    import mediapipe as mp

    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))


def landmarks_of(result: Any, image: Image) -> NDArray[np.float64] | None:
    if not result.pose_landmarks:
        return None
    size = np.array([image.shape[1], image.shape[0]])
    return np.array([(mark.x, mark.y) for mark in result.pose_landmarks[0]]) * size


def apart_pct(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far apart landmarks are, in % of the trunk of the first."""
    trunk = one[[11, 12]].mean(axis=0) - one[[23, 24]].mean(axis=0)
    return 100 * np.hypot(*(one - other).T) / np.hypot(*trunk)


# Single pictures ------------------------------------------------------------------------------------------------------


def sample_pictures(folder: Path) -> Iterator[Image]:
    clips = sorted(folder.glob("*.mp4"))
    assert len(clips) > 30
    for clip in clips:
        with open_video(clip, max_side_px=MAX_PICTURE_SIDE_PX) as video:
            for frame in islice(video, MOMENTS[-1] + 1):
                if frame.index in MOMENTS:
                    yield frame.image


def real_pictures(folder: Path) -> Iterator[Image]:
    photographs = sorted(folder.glob("*/*.jpg"))
    assert len(photographs) > 30
    for photograph in photographs:
        with open_video(photograph, max_side_px=MAX_PICTURE_SIDE_PX) as picture:
            yield next(iter(picture)).image


@pytest.mark.parametrize("which", ["samples", "photographs of real people"])
def test_single_pictures_are_seen_as_mediapipe_sees_them(request, checkout, networks, which):
    if which == "samples":
        images = sample_pictures(checkout / "sample_videos")
    else:
        images = real_pictures(request.getfixturevalue("real_dir"))
    apart: dict[str, list[Any]] = {name: [] for name in networks}
    shares: dict[str, list[float]] = {name: [] for name in networks}
    with mediapipe(video=False, masks=True) as model:
        for image in images:
            result = model.detect(as_picture(image))
            theirs = landmarks_of(result, image)
            for name in networks:
                found = Tracker(networks[name]).look(image, 0.0)
                assert (found is None) == (theirs is None), name
                if found is not None:
                    apart[name].append(apart_pct(theirs, found.xy_px))
                    shares[name].append(mask_overlap(found, result.segmentation_masks[0], image))
    for name in networks:
        assert len(apart[name]) > 60
        p95, p99, iou = np.percentile(apart[name], 95), np.percentile(apart[name], 99), np.percentile(shares[name], 5)
        assert (p95 <= 0.02, p99 <= 0.06, iou >= 0.998) == (True, True, True), (name, p95, p99, iou)


def mask_overlap(found: Found, theirs: Any, image: Image) -> float:
    """Return intersection over union of the two silhouettes."""
    one = found.silhouette.on_picture(image.shape[1], image.shape[0]) > 0.5
    other = theirs.numpy_view()[..., 0] > 0.5
    return float((one & other).sum() / (one | other).sum())


# Films ----------------------------------------------------------------------------------------------------------------


def film_of(checkout: Path, name: str, frames: int) -> list[Frame]:
    with open_video(checkout / "sample_videos" / f"{name}.mp4", max_side_px=MAX_PICTURE_SIDE_PX) as video:
        return list(islice(video, frames))


def stamp_ms(frame: Frame) -> int:
    return round(1000 * (BEGIN_S + frame.time_s))


def as_mediapipe_sees(film: list[Frame]) -> list[NDArray[np.float64] | None]:
    with mediapipe(video=True, masks=False) as model:
        return [
            landmarks_of(model.detect_for_video(as_picture(frame.image), stamp_ms(frame)), frame.image)
            for frame in film
        ]


def one_level_brighter(film: list[Frame], pixel: tuple[int, int]) -> list[Frame]:
    first = film[0].image.copy()
    first[pixel] ^= 1
    return [Frame(film[0].index, film[0].time_s, first), *film[1:]]


def all_apart(ones: list[Any], others: list[Any]) -> NDArray[np.float64]:
    assert [one is None for one in ones] == [other is None for other in others]
    return np.array([apart_pct(one, other) for one, other in zip(ones, others, strict=True) if one is not None])


def test_films_differ_no_more_than_mediapipe_from_itself(checkout, networks):
    ours: dict[str, list[Any]] = {name: [] for name in networks}
    theirs = []
    for clip in FILMS:
        film = film_of(checkout, clip, FILM_FRAMES)
        plain = as_mediapipe_sees(film)
        changed = [as_mediapipe_sees(one_level_brighter(film, pixel)) for pixel in BRIGHTER_PX]
        theirs.extend(all_apart(plain, one) for one in changed)
        for name in networks:
            tracker = Tracker(networks[name])
            looks = [tracker.look(frame.image, stamp_ms(frame) / 1000, mask=False) for frame in film]
            ours[name].append(all_apart(plain, [None if look is None else look.xy_px for look in looks]))
    for name in networks:
        for share in (50, 95):
            wide, bound = (np.percentile(np.concatenate(parts), share) for parts in (ours[name], theirs))
            assert 0 < wide <= CHAOS * bound, (name, share, wide, bound)


# The same bytes every time --------------------------------------------------------------------------------------------


def bytes_of(pose: Any) -> bytes:
    arrays = [pose.xy_px, pose.xyz_m, pose.visibility, pose.back_xy_px]
    if pose.mirror is not None:
        arrays += [pose.mirror.xy_px, pose.mirror.xyz_m, pose.mirror.visibility]
    return b"".join(array.tobytes() for array in arrays)


def seen_by(engine: Any, film: list[Frame]) -> list[bytes]:
    with engine.follow() as estimator:
        return [bytes_of(estimator.estimate(frame)) for frame in film]


@pytest.fixture(scope="module")
def two_films(checkout: Path) -> list[list[Frame]]:
    return [film_of(checkout, name, 15) for name in ("hinge_good", "cat_cow_good")]


@pytest.fixture(scope="module", params=OURS)
def alone(request, engine, two_films) -> tuple[Any, list[list[bytes]]]:
    """Return an engine, and what it saw in each film: first of all in the one, then in the other."""
    opened = engine(request.param)
    return opened, [seen_by(opened, film) for film in two_films]


def test_same_bytes_whatever_was_seen_before(alone, two_films):
    opened, (first, _) = alone
    assert len(set(first)) == len(two_films[0])
    for before in ("the other film", "the same film"):
        assert seen_by(opened, two_films[0]) == first, before


def test_same_bytes_with_any_number_of_threads(alone, two_films):
    opened, (first, _) = alone
    for threads in (1, 4):  # beside the number for this machine
        with open_engine(opened.name, threads=threads) as other:
            assert seen_by(other, two_films[0]) == first, threads


def test_same_bytes_where_two_recordings_take_turns(alone, two_films):
    opened, expected = alone
    with closing(opened.follow()) as one, closing(opened.follow()) as other:
        turns = [(bytes_of(one.estimate(a)), bytes_of(other.estimate(b))) for a, b in zip(*two_films, strict=True)]
    assert [list(part) for part in zip(*turns, strict=True)] == expected
