"""The reference engine: three landmarkers for a recording, increasing times, and no reports while one is open."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.errors import BackendError
from formcheck.core.records import Frame
from formcheck.sources.pose import mediapipe_engine
from formcheck.sources.pose.mediapipe_engine import MediaPipeLooks, NoReports, build_task, open_landmarker
from formcheck.sources.pose.models import find_pose_model
from formcheck.sources.pose.subject import MIRROR_EVERY, SubjectPose

from .figures import GREEN, RED, figures_in, follow, leftmost, picture

ALONE, BOTH = picture(red=(40, 40)), picture(red=(40, 40), green=(200, 70))


@pytest.fixture
def pose(landmarkers):
    """Return a function that makes an estimator with stand-ins for MediaPipe's landmarkers."""

    def make(*, still=False, **options):
        return SubjectPose(MediaPipeLooks(b"", still=still), name="colours", sha256="0" * 64, **options)

    return make


def test_closing_frees_all_landmarkers(pose, landmarkers):
    with pose():
        assert not any(m.closed for m in landmarkers)
    assert sorted(m.video for m in landmarkers) == [False, True, True]
    assert all(m.closed for m in landmarkers)


def test_photograph_needs_no_tracker(pose, landmarkers):
    with pose(still=True) as estimator:
        assert estimator.estimate(Frame(0, 0.0, picture(red=(100, 40)))).seen
    assert [m.video for m in landmarkers] == [False]


def test_only_the_mirror_makes_no_masks(pose, landmarkers):
    with pose():
        assert {(m.video, m.masks) for m in landmarkers} == {(False, True), (True, True), (True, False)}


def test_another_person_in_the_mirror_is_refused(pose, landmarkers):
    with pose() as estimator:
        first = follow(estimator, [ALONE])  # alone at the scan: the other one comes in unnoticed
        tracker = next(m for m in landmarkers if m.video and m.masks)
        mirror = next(m for m in landmarkers if m.video and not m.masks)
        tracker.kept, mirror.kept = RED, GREEN
        later = [estimator.estimate(Frame(k, k / 10, BOTH)) for k in range(1, MIRROR_EVERY + 1)]
        last = [estimator.estimate(Frame(k, k / 10, ALONE)) for k in range(MIRROR_EVERY + 1, 4 * MIRROR_EVERY)]
    seen = [k for k, one in enumerate(first + later + last) if one.mirror is not None]
    assert seen[:2] == [0, 3 * MIRROR_EVERY]


def test_tracker_is_moved_by_what_it_is_shown(pose, monkeypatch):
    shown, honest = [], mediapipe_engine._make_picture

    def noted(image):
        shown.append(set(figures_in(image)))
        return honest(image)

    monkeypatch.setattr(mediapipe_engine, "_make_picture", noted)
    with pose(choose=leftmost) as estimator:
        estimator.estimate(Frame(0, 0.0, BOTH))
    # The tracker takes the larger one; the scanner finds the other; the tracker sees nobody, then only the other.
    assert shown == [{RED, GREEN}, {RED}, set(), {RED}]


def test_failed_start_leaves_nothing_open(landmarkers, monkeypatch):
    honest = mediapipe_engine.open_landmarker

    def fails_at_the_third(task, *, video, masks=True):
        if not masks:
            raise BackendError("no memory")
        return honest(task, video=video, masks=masks)

    monkeypatch.setattr(mediapipe_engine, "open_landmarker", fails_at_the_third)
    before = dict(os.environ)
    with pytest.raises(BackendError, match="no memory"):
        MediaPipeLooks(b"", still=False)
    assert [m.closed for m in landmarkers] == [True, True]
    assert dict(os.environ) == before


def test_closing_twice_does_no_harm(pose):
    before = dict(os.environ)
    estimator = pose()
    estimator.close()
    estimator.close()
    assert dict(os.environ) == before


# No reports -----------------------------------------------------------------------------------------------------------


def proxies_now():
    return {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}


@pytest.fixture
def proxies(monkeypatch):
    """Set the proxies of a user, and return them."""
    for name in ("HTTPS_PROXY", "all_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    return proxies_now()


def test_reports_are_blocked_as_long_as_one_is_open(proxies):
    NoReports.begin()
    NoReports.begin()
    NoReports.end()
    assert os.environ["https_proxy"] == "invalid://"
    NoReports.end()
    assert proxies_now() == proxies


def test_proxies_of_either_spelling_come_back(proxies, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://PROXY:1")
    before = dict(os.environ)
    NoReports.begin()
    assert "HTTPS_PROXY" not in os.environ
    NoReports.end()
    assert dict(os.environ) == before


def test_many_threads_leave_the_environment_as_it_was(proxies):
    def work():
        for _ in range(50):
            NoReports.begin()
            NoReports.end()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert proxies_now() == proxies


# MediaPipe itself -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_detector_that_is_none_is_refused():
    task = build_task(replace(find_pose_model(), detector=b"no network"))
    NoReports.begin()
    try:
        with pytest.raises(BackendError, match=r"^MediaPipe: expected networks .*, got: .+; name another file with"):
            open_landmarker(task, video=False)
    finally:
        NoReports.end()


@pytest.mark.slow
def test_looks_within_one_millisecond_are_all_seen(standing):
    looks = MediaPipeLooks(build_task(find_pose_model()), still=False)
    try:
        found = [looks.follow(standing, k / 5000) for k in range(4)]
    finally:
        looks.close()
    assert all(one is not None and np.isfinite(one.xy_px).all() for one in found)
