"""Saved pose tracks of rendered people with known mistakes, and variants of the same tracks.

The tracks are what the pose model saw in rendered clips at 15 pictures a second. The expected faults, repetitions
and holds are those that were put into the clips.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.core.calibration import Calibration
from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import find_other_side
from formcheck.core.summary.schema import ModelRecord, SourceRecord
from formcheck.core.summary.summariser import Summariser, summarise
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class Golden:
    """What a track must give."""

    verdict: str
    faults: set[str]
    repetitions: int
    hold_s: tuple[float, float] | None = None


GOLDEN = {
    "hinge_good": Golden("ok", set(), 1, (4.1, 8.3)),
    "hinge_back_rounding": Golden("fix", {"back_rounding"}, 1, (4.1, 8.3)),
    "hinge_knee_bent": Golden("warn", {"stretch_knee_bent"}, 1, (4.1, 8.3)),
    "hinge_bounce": Golden("fix", {"bounce"}, 1, (4.1, 8.3)),
    "seated_back_rounding": Golden("fix", {"back_rounding"}, 1, (3.7, 8.1)),
    "cat_cow_good": Golden("ok", set(), 3),
    "plank_sag": Golden("fix", {"hips_sag"}, 1, (3.1, 8.6)),
    "empty_room": Golden("cannot_tell", set(), 0),
}


def check(poses, header, *, side=None):
    """Run a track through the whole core."""
    movement = load_movement(header["movement"])
    source = SourceRecord(**header["source"])
    results = run(poses, FormChecker(movement, side=side or header["side"]))
    about = {"source": source, "model": ModelRecord(**header["model"]), "formcheck_version": "0", "created_utc": ""}
    return summarise(results, movement, **about)


def said(summary):
    """Verdict and faults worth saying; hints (info) hang on single pictures at a limit."""
    return summary.verdict, {f.id for f in summary.faults if f.severity != "info"}


def holds(summary):
    return [t for r in summary.repetitions for t in (r.hold_start_s, r.hold_end_s) if t is not None]


@pytest.fixture(scope="module")
def tracks():
    """Every track, read once."""
    opened = {name: open_track(DATA / f"{name}.parquet") for name in GOLDEN}
    return {name: (list(track), track.header) for name, track in opened.items()}


@pytest.fixture(scope="module")
def summaries(tracks):
    """What every track gives as it is."""
    return {name: check(poses, header) for name, (poses, header) in tracks.items()}


every_track = pytest.mark.parametrize("name", GOLDEN)


@every_track
def test_each_track_gives_what_was_put_into_it(summaries, name):
    golden, summary = GOLDEN[name], summaries[name]
    assert said(summary) == (golden.verdict, golden.faults)
    assert len(summary.repetitions) == golden.repetitions
    if golden.hold_s:
        assert holds(summary) == pytest.approx(golden.hold_s, abs=0.6)


# The same motion, seen otherwise --------------------------------------------------------------------------------------


def interpolated(poses, fps):
    """The same motion at another frame rate; where a person is missing on either side, the nearer picture."""
    times = np.array([pose.time_s for pose in poses])
    out = []
    for t in np.arange(times[0], times[-1], 1 / fps).tolist():
        i = int(np.searchsorted(times, t, "right")) - 1
        a, b, share = poses[i], poses[i + 1], (t - times[i]) / (times[i + 1] - times[i])
        if not (a.seen and b.seen):
            out.append(replace(a if share < 0.5 else b, time_s=t))
            continue
        between = {
            name: (1 - share) * getattr(a, name) + share * getattr(b, name)
            for name in ("xy_px", "xyz_m", "visibility", "back_xy_px")
        }
        out.append(replace(a, time_s=t, **between))
    return out


def scaled(pose, share):
    size_px = (round(pose.size_px[0] * share), round(pose.size_px[1] * share))
    return replace(pose, size_px=size_px, xy_px=pose.xy_px * share, back_xy_px=pose.back_xy_px * share)


TO_THE_LEFT = {"knee_lift_tl", "shoulder_tilt_deg", "hips_sideways_tl"}
"""What is counted towards the person's left turns its sign in a mirror."""
NEAR = {"deg": 0.5, "pct": 0.5, "tl": 0.005}

OTHERWISE = {
    "60 pictures a second": lambda poses: interpolated(poses, 60),
    "20 pictures a second": lambda poses: interpolated(poses, 20),
    "a picture half the size": lambda poses: [scaled(pose, 0.5) for pose in poses],
    "a picture three times the size": lambda poses: [scaled(pose, 3.0) for pose in poses],
    "half an hour later": lambda poses: [replace(pose, time_s=pose.time_s + 1800) for pose in poses],
}


@every_track
@pytest.mark.parametrize("otherwise", OTHERWISE)
def test_the_same_motion_gives_the_same_result(tracks, summaries, name, otherwise):
    poses, header = tracks[name]
    shift_s = 1800 if otherwise == "half an hour later" else 0
    seen = check(OTHERWISE[otherwise](poses), header)
    assert said(seen) == said(summaries[name])
    assert {f.id for f in seen.faults} == {f.id for f in summaries[name].faults}
    assert [t - shift_s for t in holds(seen)] == pytest.approx(holds(summaries[name]), abs=0.2)


@every_track
def test_the_mirrored_motion_gives_the_mirrored_result(tracks, summaries, name):
    poses, header = tracks[name]
    side = header["side"] and find_other_side(header["side"])
    seen, plain = check([pose.mirrored() for pose in poses], header, side=side), summaries[name]
    assert said(seen) == said(plain)
    assert holds(seen) == pytest.approx(holds(plain), abs=0.01)
    assert seen.view.near == (plain.view.near and find_other_side(plain.view.near))
    swapped = {"left": "right", "right": "left", None: None}
    assert [r.side for r in seen.repetitions] == [swapped[r.side] for r in plain.repetitions]
    for measurement, record in plain.measurements.items():
        mirror = measurement.replace("left", "?").replace("right", "left").replace("?", "right")
        median = -record.median if measurement in TO_THE_LEFT else record.median
        assert seen.measurements[mirror].median == pytest.approx(median, abs=NEAR[record.unit]), measurement


@every_track
@pytest.mark.parametrize("every", [2, 3], ids=["every second picture", "every third picture"])
def test_too_few_frames_hide_bounces_and_invent_nothing(tracks, summaries, name, every):
    poses, header = tracks[name]
    source = header["source"] | {"fps": 15 / every, "frames": len(poses[::every])}
    seen, plain = check(poses[::every], header | {"source": source}), summaries[name]
    assert {f.id for f in seen.faults} == {f.id for f in plain.faults} - {"bounce"}
    assert len(seen.repetitions) == len(plain.repetitions)
    assert holds(seen) == pytest.approx(holds(plain), abs=0.25)
    if name != "empty_room":
        assert any(reason.startswith("too few pictures a second") for reason in seen.view.reasons)


@pytest.mark.parametrize("name", ["hinge_good", "cat_cow_good", "plank_sag"])
def test_a_trembling_pose_model_invents_no_faults(tracks, summaries, name):
    """Landmarks off by 1 px (about 1 % of the trunk) from picture to picture."""
    poses, header = tracks[name]
    rng = np.random.default_rng(11)
    shaken = [replace(p, xy_px=p.xy_px + rng.normal(0, 1, (33, 2)).astype(np.float32)) for p in poses]
    assert said(check(shaken, header)) == said(summaries[name])


def test_half_a_person_gets_no_word_about_the_legs(tracks):
    """The knees and all below are hidden: what needs them cannot be judged, and is not a fault."""
    poses, header = tracks["hinge_knee_bent"]
    cut = [replace(p, visibility=np.where(np.arange(33) >= 25, 0.05, p.visibility).astype(np.float32)) for p in poses]
    summary = check(cut, header)
    assert "stretch_knee_bent" not in {f.id for f in summary.faults}
    assert summary.verdict == "cannot_tell"
    assert "hidden from the camera" in summary.why


# The checker itself ---------------------------------------------------------------------------------------------------


def test_a_track_gives_the_same_every_time(tracks):
    poses, header = tracks["hinge_good"]
    assert check(poses, header) == check(poses, header)


def test_each_frame_gives_a_result_and_a_cut_repetition_another(tracks):
    poses, header = tracks["hinge_good"]
    movement = load_movement(header["movement"])
    assert len(list(run(poses, FormChecker(movement)))) == len(poses)
    cut = [p for p in poses if p.time_s < 8]
    results = list(run(cut, FormChecker(movement)))
    assert len(results) == len(cut) + 1
    assert results[-1].phase.ended.end_s == cut[-1].time_s
    assert results[-1].phase.repetition is None
    assert "repetition_s" not in results[-1].phase.motion  # cut short, it says nothing about the pace
    gathered = Summariser(movement)
    for result in results:
        gathered.add(result)
    about = {"source": SourceRecord(**header["source"]), "model": ModelRecord(**header["model"])}
    assert len(gathered.summary(**about, formcheck_version="0", created_utc="").repetitions) == 1


def test_nothing_in_nothing_out():
    checker = FormChecker(load_movement("plank"))
    assert list(run([], checker)) == []
    assert checker.finish() is None
    assert checker.neutral is None


def test_the_own_neutral_comes_from_the_start_or_a_calibration(tracks):
    poses, header = tracks["hinge_good"]
    movement = load_movement(header["movement"])
    started = FormChecker(movement)
    list(run(poses, started))
    assert started.neutral.shape == (33,)
    kept = Calibration(neutral={"standing": [0.25] * 33})
    calibrated = FormChecker(movement, calibration=kept)
    list(run(poses, calibrated))
    assert calibrated.neutral == pytest.approx(np.full(33, 0.25))
    assert FormChecker(load_movement("plank"), calibration=kept).neutral is None


def test_a_single_picture_of_a_stretch_is_judged_at_once(tracks):
    poses, header = tracks["hinge_back_rounding"]
    picture = min(poses, key=lambda p: abs(p.time_s - 6.0))
    checker = FormChecker(load_movement(header["movement"]), side=header["side"], still=True)
    (result,) = run([replace(picture, time_s=0.0)], checker)
    assert result.phase.name == "hold"
    assert result.feedback.hold is None


def test_nobody_is_a_pose_too():
    checker = FormChecker(load_movement("plank"))
    result = checker.step(PoseFrame.nobody(0.0, (640, 480)))
    assert result.phase.name == "absent"
    assert result.feedback.cue is None
