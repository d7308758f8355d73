"""`check` without a movement: found from saved tracks, judged as if it had been named, and sessions in folders."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from formcheck.core.movement.load import load_unrecognised, read_movement_bytes
from formcheck.core.records import PoseFrame
from formcheck.core.summary.phrases import NOT_RECOGNISED, say_verdict
from formcheck.core.summary.schema import RunSummary
from formcheck.drivers.recording import auto
from formcheck.drivers.recording.kept_poses import KeptPoses
from formcheck.sources.pose_track import TrackWriter, open_track

DATA = Path(__file__).resolve().parent.parent.parent / "data"
RESULT = ["frames.parquet", "movement.toml", "poses.parquet", "summary.json"]
VERDICTS = {
    "hinge_good": "ok",
    "hinge_knee_bent": "warn",
    "hinge_bounce": "fix",
    "seated_back_rounding": "fix",
    "cat_cow_good": "ok",
    "plank_sag": "fix",
}
HINGE, PLANK = "hamstring_hinge_standing", "plank"


def recording(name):
    return DATA / f"{name}.parquet"


def listing(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in listing(folder)}


def summary_in(folder):
    return json.loads((folder / "summary.json").read_text("utf-8"))


def write(path, poses, **header):
    with TrackWriter(path, open_track(recording("hinge_good")).header | header) as track:
        for pose in poses:
            track.write(pose)
    return path


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Return a track of a hinge, two seconds of an empty picture, and a plank."""
    hinge, plank = (list(open_track(recording(name))) for name in ("hinge_good", "plank_sag"))
    left_s = hinge[-1].time_s
    empty = [PoseFrame.nobody(left_s + i / 15, hinge[0].size_px) for i in range(1, 30)]
    later = [replace(pose, time_s=pose.time_s + left_s + 2) for pose in plank]
    return write(tmp_path_factory.mktemp("session") / "session.parquet", [*hinge, *empty, *later])


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """Return a track of a person who stands about for ten seconds."""
    pose = list(open_track(recording("hinge_good")))[5]
    path = tmp_path_factory.mktemp("standing") / "standing.parquet"
    return write(path, [replace(pose, time_s=i / 15) for i in range(150)])


# One movement ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERDICTS)
def test_found_or_named_the_result_is_the_same(formcheck, tmp_path, name):
    movement = open_track(recording(name)).header["movement"]
    code, found, stderr = formcheck("check", recording(name), "--json", "--out", tmp_path / "found")
    assert (code, stderr) == (0, "")
    named = formcheck("check", recording(name), "--movement", movement, "--json", "--out", tmp_path / "named")[1]
    found, named = json.loads(found), json.loads(named)
    recognised = found.pop("recognised")
    assert named.pop("recognised") is None
    assert found == named
    assert found["verdict"] == VERDICTS[name]
    (span,) = recognised["spans"]
    assert (span["movement"], span["folder"], recognised["unsure"]) == (movement, "", False)
    assert recognised["certainty"] == span["certainty"] >= 0.6
    assert contents(tmp_path / "found").keys() == set(RESULT)
    assert (tmp_path / "found" / "movement.toml").read_bytes() == read_movement_bytes(movement)
    for table in ("frames.parquet", "poses.parquet"):
        assert pd.read_parquet(tmp_path / "found" / table).equals(pd.read_parquet(tmp_path / "named" / table))


@pytest.fixture(scope="module")
def talk_first(tmp_path_factory):
    """Return a track of a person who stands for 12 s before a hinge, and for 8 s after it."""
    hinge = list(open_track(recording("hinge_good")))
    last_s = 12 + hinge[-1].time_s
    before = [replace(hinge[0], time_s=i / 15) for i in range(180)]
    during = [replace(pose, time_s=pose.time_s + 12) for pose in hinge]
    after = [replace(hinge[-1], time_s=last_s + i / 15) for i in range(1, 121)]
    return write(tmp_path_factory.mktemp("talk") / "talk.parquet", [*before, *during, *after])


@pytest.mark.parametrize("options", [[], ["--movement", HINGE]], ids=["found", "named"])
def test_only_the_part_that_shows_the_movement_is_judged(formcheck, tmp_path, talk_first, options):
    """The hinge is done from 14.4 to 22.3 s; 4 s before and 1.5 s after it belong to it."""
    out = tmp_path / "out"
    assert formcheck("check", talk_first, *options, "--out", out)[0] == 0
    summary = summary_in(out)
    ((from_s, to_s),) = summary["judged"]["spans_s"]
    assert (from_s, to_s) == (pytest.approx(10.4, abs=0.5), pytest.approx(23.8, abs=0.7))
    assert summary["judged"]["side"] == "right"
    table = pd.read_parquet(out / "frames.parquet")
    assert len(table) == len(list(open_track(talk_first)))  # all of it is measured
    is_outside = (table["time_s"] < from_s) | (table["time_s"] > to_s)
    assert ((table["phase"] == "not_judged") == is_outside).all()
    assert table["trunk_inclination_deg"][is_outside].notna().mean() > 0.9
    (one,) = summary["repetitions"]
    assert from_s <= one["start_s"] < one["end_s"] <= to_s
    assert summary["verdict"] == "ok"


def test_without_a_clear_part_the_whole_recording_is_judged(formcheck, tmp_path, standing):
    formcheck("check", standing, "--movement", HINGE, "--out", tmp_path / "out")
    assert summary_in(tmp_path / "out")["judged"] is None
    assert "not_judged" not in set(pd.read_parquet(tmp_path / "out" / "frames.parquet")["phase"])


def test_auto_may_be_said_and_is_what_is_meant_by_nothing(formcheck):
    said = formcheck("check", recording("plank_sag"), "--movement", "auto", "--json")
    assert said == formcheck("check", recording("plank_sag"), "--json")


def test_what_was_found_stands_on_the_terminal(formcheck):
    code, stdout, _ = formcheck("check", recording("hinge_good"))
    assert code == 0
    assert "info recognised hamstring_hinge_standing, right, 00:00–00:11, certainty 0.98" in " ".join(stdout.split())
    assert "recognised" not in formcheck("check", recording("hinge_good"), "--movement", HINGE)[1]


def test_a_side_that_is_reported_is_believed(formcheck):
    summary = json.loads(formcheck("check", recording("hinge_good"), "--side", "left", "--json")[1])
    assert {r["side"] for r in summary["repetitions"]} == {"left"}
    assert [span["side"] for span in summary["recognised"]["spans"]] == ["right"]


def test_without_a_folder_nothing_is_written(formcheck, tmp_path, monkeypatch, session):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert formcheck("check", session, "--json")[0] == 0
    assert listing(tmp_path) == []


def test_the_saved_poses_give_the_same_again(formcheck, tmp_path):
    formcheck("check", recording("seated_back_rounding"), "--out", tmp_path / "first")
    formcheck("check", tmp_path / "first" / "poses.parquet", "--out", tmp_path / "second")
    assert summary_in(tmp_path / "first") == summary_in(tmp_path / "second")


@pytest.mark.parametrize("name", ["hinge_back_rounding", "plank_sag"])
def test_a_photograph_is_one_movement_or_unsure(formcheck, tmp_path, name):
    track = open_track(recording(name))
    picture = min(track, key=lambda pose: abs(pose.time_s - 6.0))
    photo = write(tmp_path / "photo.parquet", [replace(picture, time_s=0.0)], still=True)
    code, stdout, _ = formcheck("check", photo, "--json")
    summary = json.loads(stdout)
    assert code == 0
    certain = [span for span in summary["recognised"]["spans"] if span["certainty"] >= 0.6]
    assert len(certain) == (0 if summary["recognised"]["unsure"] else 1)
    if certain:
        assert certain[0]["movement"] == summary["movement"]["id"] == track.header["movement"]
    else:
        assert (summary["movement"]["id"], summary["verdict"]) == ("unrecognised", "cannot_tell")


# Not sure -------------------------------------------------------------------------------------------------------------


def test_in_an_empty_room_nothing_can_be_judged(formcheck, tmp_path):
    code, stdout, stderr = formcheck("check", recording("empty_room"), "--out", tmp_path / "out")
    assert (code, stderr) == (0, "")
    assert "nobody was seen" in stdout
    summary = summary_in(tmp_path / "out")
    assert (summary["verdict"], summary["why"]) == (
        "cannot_tell",
        "Nobody was seen in the recording. Try: Step into the picture.",
    )
    assert summary["recognised"] == {"certainty": 0.0, "unsure": True, "spans": []}
    assert (summary["movement"]["id"], summary["faults"], summary["repetitions"]) == ("unrecognised", [], [])
    assert listing(tmp_path / "out") == RESULT
    assert len(pd.read_parquet(tmp_path / "out" / "poses.parquet")) == open_track(recording("empty_room")).frames


def test_who_does_nothing_is_measured_and_asked_for_a_name(formcheck, tmp_path, standing):
    code, stdout, stderr = formcheck("check", standing, "--out", tmp_path / "out")
    assert (code, stderr) == (0, "")
    assert NOT_RECOGNISED in " ".join(stdout.split())
    summary = summary_in(tmp_path / "out")
    assert (summary["verdict"], summary["why"]) == ("cannot_tell", NOT_RECOGNISED)
    assert (summary["why_code"], summary["why_about"]) == ("not_recognised", "")
    # Review writes the sentence from the code
    assert say_verdict(RunSummary.model_validate(summary), load_unrecognised()).why == NOT_RECOGNISED
    assert summary["recognised"]["unsure"]
    assert all(span["certainty"] < 0.6 for span in summary["recognised"]["spans"])
    assert summary["measurements"]["knee_right_deg"]["median"] > 150
    assert (tmp_path / "out" / "movement.toml").read_bytes() == read_movement_bytes("_unrecognised")


# A session ------------------------------------------------------------------------------------------------------------


def test_a_session_is_split_into_parts_each_in_its_own_folder(formcheck, tmp_path, session):
    out = tmp_path / "out"
    code, stdout, stderr = formcheck("check", session, "--out", out)
    assert code == 0
    # on a loaded machine it takes long enough for a line of progress
    assert all(line.endswith(" frames") for line in stderr.splitlines())
    main = summary_in(out)
    spans = main["recognised"]["spans"]
    assert [span["movement"] for span in spans] == [HINGE, PLANK]
    longest = max(spans, key=lambda span: span["to_s"] - span["from_s"])
    (part,) = [span for span in spans if span is not longest]
    number = spans.index(part) + 1
    assert (longest["folder"], part["folder"]) == ("", f"{number:02d}_{part['movement']}")
    assert listing(out) == sorted([*RESULT, *(f"{part['folder']}/{name}" for name in RESULT)])
    assert f"in {part['folder']}" in " ".join(stdout.split())
    judged = {main["movement"]["id"]: main, part["movement"]: summary_in(out / part["folder"])}
    assert {name: summary["verdict"] for name, summary in judged.items()} == {HINGE: "ok", PLANK: "fix"}
    assert judged[part["movement"]]["recognised"] is None
    assert main["recognised"]["certainty"] == longest["certainty"]


def test_each_part_of_a_session_has_only_its_own_frames(formcheck, tmp_path, session):
    out = tmp_path / "out"
    formcheck("check", session, "--out", out)
    seen_s = []
    for span in summary_in(out)["recognised"]["spans"]:
        times_s = pd.read_parquet(out / span["folder"] / "poses.parquet")["time_s"]
        assert span["from_s"] <= times_s.min() < times_s.max() <= span["to_s"]
        assert times_s.equals(pd.read_parquet(out / span["folder"] / "frames.parquet")["time_s"])
        assert (out / span["folder"] / "movement.toml").read_bytes() == read_movement_bytes(span["movement"])
        seen_s += times_s.tolist()
    assert seen_s == sorted(set(seen_s))


def test_a_session_checked_twice_into_one_folder_is_the_same(formcheck, tmp_path, session):
    out = tmp_path / "out"
    formcheck("check", session, "--out", out)
    before = contents(out)
    formcheck("check", session, "--out", out)
    assert contents(out) == before


@pytest.mark.parametrize("options", [[], ["--movement", HINGE]], ids=["found", "named"])
def test_parts_of_an_earlier_session_are_removed(formcheck, tmp_path, session, options):
    """What another person keeps in the folder stays, also where it looks alike."""
    out = tmp_path / "out"
    formcheck("check", session, "--out", out)
    (out / "07_holiday").mkdir()
    (out / "07_holiday" / "beach.txt").write_text("mine")
    formcheck("check", recording("hinge_good"), *options, "--out", out)
    assert listing(out) == ["07_holiday/beach.txt", *RESULT]


@pytest.mark.parametrize("folder", ["..", "../other", "other", "", ".", "01_plank/../../other"])
def test_a_summary_that_names_strange_folders_removes_none(formcheck, tmp_path, folder):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    out = tmp_path / "out"
    (out / "other").mkdir(parents=True)
    (out / "other" / "mine.txt").write_text("mine")
    (out / "summary.json").write_text(json.dumps({"recognised": {"spans": [{"folder": folder}]}}))
    formcheck("check", recording("empty_room"), "--out", out)
    assert listing(tmp_path) == sorted(["other/mine.txt", "out/other/mine.txt", *(f"out/{name}" for name in RESULT)])


def test_a_session_that_fails_leaves_the_older_result_as_it_was(formcheck, tmp_path, session, monkeypatch):
    out = tmp_path / "out"
    formcheck("check", session, "--out", out)
    before = contents(out)
    written = auto.write_result

    def full_at_last(folder, summary, movement_file):
        if summary.recognised is not None:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(folder, summary, movement_file)

    monkeypatch.setattr(auto, "write_result", full_at_last)
    told = "formcheck: out: expected room for the results, got a full disk; free some space and run again\n"
    assert formcheck("check", session, "--out", out) == (2, "", told)
    assert contents(out) == before
    assert listing(tmp_path) == [f"out/{name}" for name in before]


def test_no_room_for_the_poses_ends_with_one_line(formcheck, tmp_path, monkeypatch):
    """Even without a folder for the results the poses of a long recording are kept in a file."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("formcheck.sources.pose_track.TrackWriter.write", full)
    monkeypatch.setattr(KeptPoses.__init__, "__kwdefaults__", {"most_in_memory": 5})
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, stdout, stderr = formcheck("check", recording("plank_sag"))
    told = (
        f"formcheck: {tmp_path.name}: expected room for the results, got a full disk; free some space and run again\n"
    )
    assert (code, stdout, stderr) == (2, "", told)
    assert listing(tmp_path) == []
