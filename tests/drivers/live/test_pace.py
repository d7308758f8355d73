"""A computer that is too slow for ten pictures a second: what the page must send, the model, the notes."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from formcheck.core.movement.load import load_movement
from formcheck.core.reasons import Reason, ReasonCode, describe_reason
from formcheck.drivers.live import pace, pose_source, words
from formcheck.drivers.live.messages import PictureMessage, Stage
from formcheck.drivers.live.pace import PACES, PaceMeter, PictureSize, choose_pace, resize_picture
from formcheck.drivers.live.session import SCAN_IN_PRACTICE_S, SCAN_IN_SETUP_S, LiveSession, SessionRequest
from formcheck.drivers.recording import process_engine
from formcheck.sources.pose import models

from .conftest import Replay, jpeg_of, track

HINGE = "hamstring_hinge_standing"


class Clock:
    """A clock that the pose model moves on by as long as a look takes."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


class TimedReplay(Replay):
    """A pose model whose looks take `look_s`; it notes the sizes of the pictures it sees."""

    def __init__(self, poses, clock, look_s, name="full"):
        super().__init__(poses)
        self.clock, self.look_s, self.name = clock, look_s, name
        self.mirror_every = 12
        self.sizes = []

    def estimate(self, frame):
        self.clock.now_s += self.look_s
        self.sizes.append((frame.image.shape[1], frame.image.shape[0]))
        return super().estimate(frame)


def session_of(look_s, *, from_stage="practise", per_s=math.inf, lite_look_s=None, shown="hinge_good"):
    """Return a session on a pose model with this duration, the model, and those it may change to."""
    clock = Clock()
    poses = itertools.cycle(track(shown))
    first = TimedReplay(poses, clock, look_s)
    opened = []

    def lighter():
        if lite_look_s is None:
            return None
        opened.append(TimedReplay(poses, clock, lite_look_s, name=pose_source.LIGHT_MODEL))
        return opened[0], 1 / lite_look_s

    request = SessionRequest(load_movement(HINGE), from_stage=Stage(from_stage), ends=False)
    session = LiveSession(request, first, meter=PaceMeter(per_s, clock), lighter=lighter)
    return session, first, opened


def replies_of(session, pictures, jpeg, per_s=10):
    return [session.picture(PictureMessage(n / per_s, n, jpeg)) for n in range(pictures)]


# The meter ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("per_s", "name"), [(60, "easy"), (13, "easy"), (12, "tight"), (10, "tight"), (9, "slow")])
def test_a_rate_has_its_pace(per_s, name):
    assert choose_pace(per_s).name == name


def measured(meter, clock, look_s, looks=60):
    names = []
    for _ in range(looks):
        with meter.look():
            clock.now_s += look_s
        names.append(meter.pace.name)
    return names


def test_a_pace_starts_after_some_frames_and_has_little_reserve():
    clock = Clock()
    meter = PaceMeter(clock=clock)
    assert set(measured(meter, clock, 0.09)[:11]) == {"easy"}
    assert meter.pace.name == "tight"
    assert set(measured(meter, clock, 1 / 15)) == {"tight"}  # not a quarter faster than 13
    assert measured(meter, clock, 1 / 17)[-1] == "easy"


def test_a_single_long_look_changes_nothing():
    clock = Clock()
    meter = PaceMeter(clock=clock)
    measured(meter, clock, 0.05)
    measured(meter, clock, 2.0, looks=1)
    assert measured(meter, clock, 0.05)[-1] == meter.pace.name == "easy"


def test_a_picture_that_fails_is_no_look():
    clock = Clock()
    meter = PaceMeter(clock=clock)
    for _ in range(50):
        with pytest.raises(ValueError, match="broken"), meter.look():
            raise ValueError("broken")
    assert not meter.is_measured


def test_each_slower_pace_asks_for_less():
    for faster, slower in itertools.pairwise(PACES):
        assert slower.side_px < faster.side_px
        assert slower.mirror_every > faster.mirror_every
        assert slower.scan_factor > faster.scan_factor


# The session ----------------------------------------------------------------------------------------------------------


def test_a_fast_computer_is_sent_640_and_hears_of_nothing(jpeg):
    session, model, _ = session_of(0.03)
    assert session.rate == {"class": "easy", "per_s": None, "side_px": 640}
    replies = replies_of(session, 60, jpeg)
    assert not any("rate" in reply or "note" in reply for reply in replies)
    assert (model.mirror_every, model.scan_every_s) == (12, SCAN_IN_PRACTICE_S)


@pytest.mark.parametrize(("look_s", "side_px", "mirror_every"), [(0.09, 480, 24), (0.15, 384, 48)])
def test_a_slow_computer_gets_smaller_and_fewer_pictures(jpeg, look_s, side_px, mirror_every):
    session, model, _ = session_of(look_s)
    told = [reply["rate"] for reply in replies_of(session, 80, jpeg) if "rate" in reply]
    assert [one["side_px"] for one in told][-1] == side_px
    assert told[-1]["per_s"] == pytest.approx(1 / look_s, abs=0.1)
    assert session.rate["side_px"] == side_px
    assert model.mirror_every == mirror_every
    assert model.scan_every_s > SCAN_IN_PRACTICE_S


def test_the_rate_measured_at_start_holds_from_the_first_picture():
    session, model, _ = session_of(0.15, per_s=7.0, from_stage="setup")
    assert session.rate == {"class": "slow", "per_s": 7.0, "side_px": 384}
    assert (model.mirror_every, model.scan_every_s) == (48, 4 * SCAN_IN_SETUP_S)


def test_without_a_meter_nothing_is_adapted(jpeg):
    model = Replay(iter(track("hinge_good")))
    session = LiveSession(SessionRequest(load_movement(HINGE), from_stage=Stage.PRACTISE), model)
    assert session.rate is None
    assert not any("rate" in reply for reply in replies_of(session, 30, jpeg))
    assert not hasattr(model, "mirror_every")


def test_in_setup_a_lighter_model_takes_over_and_is_named_once(jpeg):
    session, first, opened = session_of(0.15, from_stage="setup", lite_look_s=0.06, shown="empty_room")
    replies = replies_of(session, 80, jpeg)
    assert session.stage == "setup"
    assert (first.closed, [model.closed for model in opened]) == (True, [False])
    notes = [reply["note"] for reply in replies if "note" in reply]
    assert notes == [{"code": "lighter_model", "text": words.LIGHTER_MODEL}]
    assert session.rate["class"] == "easy"


def test_within_a_set_the_model_stays(jpeg):
    session, first, opened = session_of(0.15, lite_look_s=0.06)
    replies_of(session, 80, jpeg)
    assert (opened, first.closed) == ([], False)


def test_what_still_works_is_said_once_and_speed_is_not_judged(jpeg):
    session, _, _ = session_of(0.15)
    replies = [session.picture(PictureMessage(n / 6.5, n, jpeg)) for n in range(100)]
    notes = [reply["note"] for reply in replies if "note" in reply]
    assert notes == [{"code": "posture_only", "text": words.POSTURE_ONLY}]
    summary = session.finish()
    said = " ".join([summary["why"], *summary["unseen"]])
    assert words.POSTURE_ONLY in said
    assert describe_reason(Reason(ReasonCode.TOO_FEW_PICTURES)).casefold() not in said.casefold()


def test_a_slow_camera_is_not_blamed_on_the_computer(jpeg):
    session, _, _ = session_of(0.03)
    replies = [session.picture(PictureMessage(n / 6.5, n, jpeg)) for n in range(100)]
    assert not any("note" in reply for reply in replies)
    said = " ".join([(summary := session.finish())["why"], *summary["unseen"]])
    assert words.FEW_PICTURES in said
    assert describe_reason(Reason(ReasonCode.TOO_FEW_PICTURES)).casefold() not in said.casefold()


@pytest.mark.parametrize("text", words.NOTES.values())
def test_notes_are_short_and_plain(text):
    assert len(text.split()) <= 12


# Sizes ----------------------------------------------------------------------------------------------------------------


def test_smaller_pictures_of_the_same_camera_move_nothing():
    session, model, _ = session_of(0.03)
    for number, size in enumerate([(640, 480), (480, 360), (384, 288), (640, 480)]):
        session.picture(PictureMessage(number / 10, number, jpeg_of(*size)))
    assert set(model.sizes) == {(640, 480)}


@pytest.mark.parametrize(
    ("sizes", "seen"),
    [
        ([(384, 216), (480, 270), (640, 360)], {(640, 360)}),
        ([(320, 240), (320, 240)], {(320, 240)}),
        ([(480, 320), (640, 427)], {(640, 427)}),
        ([(640, 427), (480, 320), (384, 256)], {(640, 427)}),
    ],
)
def test_a_session_has_one_size(sizes, seen):
    size = PictureSize()
    found = {size.fit(np.zeros((h, w, 3), np.uint8)).shape[1::-1] for w, h in sizes}
    assert len(found) == 1
    (width, height), (wanted, _) = found.pop(), seen.copy().pop()
    assert width == wanted
    assert abs(height - next(iter(seen))[1]) <= 1


def test_another_camera_brings_another_size():
    size = PictureSize()
    size.fit(np.zeros((480, 640, 3), np.uint8))
    assert size.fit(np.zeros((640, 480, 3), np.uint8)).shape == (640, 480, 3)


def test_what_was_reduced_lies_where_it_was():
    image = np.zeros((480, 640, 3), np.uint8)
    cv2.circle(image, (400, 120), 20, (255, 255, 255), -1)
    back = resize_picture(resize_picture(image, (384, 288)), (640, 480))
    y, x = np.nonzero(back[..., 0] > 127)
    assert (x.mean(), y.mean()) == pytest.approx((400, 120), abs=1)


# The engine -----------------------------------------------------------------------------------------------------------


class Engine:
    """An engine whose looks take `look_s`; it counts them."""

    def __init__(self, name, look_s):
        self.model = SimpleNamespace(name=name)
        self.clock, self.look_s, self.runs = Clock(), look_s, 0

    def warm_up(self):
        self.runs += 1
        self.clock.now_s += self.look_s

    def load(self):
        return self


@pytest.fixture
def engines(monkeypatch):
    """Let an engine stand in for each of the app's; the lighter one is on this machine where it is given."""

    def put(full_s, lite_s=None):
        full, lite = Engine("full", full_s), Engine("lite", lite_s or math.nan)
        monkeypatch.setattr(pace, "_measured_rates", {})
        monkeypatch.setattr(pace, "_time_fastest_s", lambda engine: (engine.warm_up(), engine.look_s)[1])
        monkeypatch.setattr(pose_source, "APP_ENGINE", full)
        monkeypatch.setattr(pose_source, "LITE_ENGINE", lite)
        monkeypatch.setattr(pose_source, "is_present", lambda name: name == "lite" and lite_s is not None)
        return full, lite

    return put


def test_a_fast_machine_keeps_its_model_and_is_measured_once(engines):
    full, lite = engines(0.03, 0.02)
    for _ in range(3):
        engine, per_s = pose_source.choose_live_engine()
        assert engine is full
        assert per_s == pytest.approx(1 / (1.25 * 0.03))
    assert (full.runs, lite.runs) == (1, 0)


def test_a_slow_machine_uses_the_lighter_model_where_it_has_it(engines):
    _, lite = engines(0.12, 0.07)
    engine, per_s = pose_source.choose_live_engine()
    assert engine is lite
    assert per_s == pytest.approx(1 / (1.25 * 0.07))


def test_nothing_is_fetched_for_a_slow_machine(engines):
    full, lite = engines(0.12)
    assert pose_source.choose_live_engine() == (full, pytest.approx(1 / (1.25 * 0.12)))
    assert pose_source.open_lighter_sight(load_movement(HINGE)) is None
    assert lite.runs == 0


@pytest.mark.parametrize(("look_s", "runs"), [(0.01, 6), (0.1, 6), (0.3, 3), (2.0, 2)])
def test_measuring_is_short(look_s, runs):
    engine = Engine("full", look_s)
    assert pace._time_fastest_s(engine, engine.clock) == pytest.approx(look_s)
    assert engine.runs == runs


def test_an_engine_without_a_network_to_run_is_not_rated(monkeypatch):
    monkeypatch.setattr(pace, "_measured_rates", {})
    assert pace.measure_engine_rate(Engine("own.task", 0.0)) == math.inf


@pytest.mark.parametrize(
    ("cores", "wanted", "threads"),
    [(1, "", 1), (2, "", 1), (3, "", 2), (4, "", 3), (16, "", 4), (16, "9", 9), (4, "0", 3), (4, "many", 3)],
)
def test_a_core_is_left_to_the_browser(monkeypatch, cores, wanted, threads):
    monkeypatch.setattr(process_engine, "count_cores", lambda: cores)
    monkeypatch.setenv(process_engine.THREADS_SETTING, wanted)
    assert process_engine.choose_app_threads() == threads


def test_a_model_is_present_once_both_of_its_networks_are(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path))
    manifest = models.read_manifest()
    for entry in (manifest["detector"], manifest["landmarks"]["lite"]):
        assert not models.is_present("lite")
        (tmp_path / entry["file"]).write_bytes(b"")
    assert models.is_present("lite")
    assert not models.is_present("full")
    assert not models.is_present(str(tmp_path / "own.task"))


def test_a_recording_with_pictures_of_several_sizes_is_annotated(tmp_path, monkeypatch):
    """A slow computer asked for smaller pictures on the way: the film has one size all the same."""
    import av

    from formcheck.drivers.live.recorder import LiveRecorder
    from formcheck.drivers.results_store import find_result

    monkeypatch.setenv("FORMCHECK_RESULTS", str(tmp_path))
    movement = load_movement(HINGE)
    recorder = LiveRecorder("video", movement, None, None, {"name": "full", "sha256": "0" * 64})
    for n, pose in enumerate(track("hinge_good")[:40]):
        jpeg = jpeg_of(640, 480) if n < 20 else jpeg_of(384, 288)
        recorder.add(replace(pose, size_px=(640, 480)), jpeg)
    recorder.finish()
    with av.open(str(find_result(recorder.key).folder / "annotated.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height) == (640, 480)
        assert sum(1 for _ in film.decode(video=0)) == 40
