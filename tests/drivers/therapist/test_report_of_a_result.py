"""The report of a result on disk: its corrections, its pictures, its prescription, and what is refused."""

from __future__ import annotations

import json
import shutil
from datetime import datetime

import cv2
import numpy as np
import pytest

from formcheck.core.errors import SourceError
from formcheck.core.movement.load import load_movement
from formcheck.core.skeleton import INDEX
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.therapist import report
from formcheck.drivers.therapist.corrected import add_correction, load_measured, open_shown
from formcheck.drivers.therapist.prescription_file import load_prescription, write_own_movements
from formcheck.drivers.therapist.report import LEAST_APART_S, choose_key_moments, make_report
from formcheck.sinks.video_writer import VideoWriter
from formcheck.sources.pose_track import open_track

HINGE = "hamstring_hinge_standing"
PRESCRIPTION = """
schema_version = 1
patient = "A-17"
written_on = 2026-11-29
review_on = 2026-12-20
goal = "Tie my shoes"

[[movements]]
movement = "hamstring_hinge_standing"
variant = "easier"
limits.back.warn = ["open", 30]
note = "Hands on the table."
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory, checkout):
    folder = tmp_path_factory.mktemp("results")
    for name, movement in (("hinge_back_rounding", HINGE), ("cat_cow_good", "cat_cow")):
        check_recording(checkout / "tests" / "data" / f"{name}.parquet", movement=movement, out=folder / name)
    return folder


@pytest.fixture
def prescription(tmp_path):
    path = tmp_path / "a17.toml"
    path.write_text(PRESCRIPTION, "utf-8")
    return path


def test_goal_plan_and_review_come_from_the_prescription(checked, tmp_path, prescription):
    page = make_report(checked / "hinge_back_rounding", out=tmp_path / "r.html",
                       prescription=load_prescription(prescription)).read_text("utf-8")  # fmt: skip
    assert "Goal: Tie my shoes" in page
    assert "The easier way. This patient: Back shape warns from 30° instead of 40°. Hands on the table." in page
    assert "Next review: 20 December 2026" in page


def write_card(result, day, source="recording"):
    noon_s = datetime.fromisoformat(f"{day}T12:00").timestamp()
    card = {"recording": "a.mp4", "movement": "x", "recorded_s": noon_s, "recorded_source": source}
    (result / "card.json").write_text(json.dumps(card), encoding="utf-8")


def test_the_days_of_both_recordings_are_printed_where_known(checked, tmp_path):
    now, then = tmp_path / "now", tmp_path / "then"
    for folder in (now, then):
        shutil.copytree(checked / "hinge_back_rounding", folder)
    write_card(now, "2026-10-05")
    write_card(then, "2026-09-01")
    page = make_report(now, out=tmp_path / "r.html", compare=then).read_text("utf-8")
    assert "Recorded on" in page
    assert "5 October 2026" in page
    assert "Last time: the recording of 1 September 2026." in page
    for source in ("file", "odd"):  # the date of a copy says little
        write_card(now, "2026-10-05", source)
        assert "Recorded on" not in make_report(now, out=tmp_path / "r.html").read_text("utf-8")


def test_own_movement_files_can_be_judged_with(checked, tmp_path, prescription):
    (path,) = write_own_movements(load_prescription(prescription), tmp_path / "own")
    assert load_movement(path).measures["back"].warn == ["open", 30]
    summary = check_recording(checked / "hinge_back_rounding" / "poses.parquet", movement=path)
    assert [fault.limit for fault in summary.faults if fault.id == "back_rounding"] == [30.0]


def test_a_correction_is_in_the_report_with_its_author(checked, tmp_path):
    result = tmp_path / "copy"
    check_recording(checked / "hinge_back_rounding" / "poses.parquet", movement=HINGE, out=result)
    for fault in load_measured(result).faults:
        add_correction(result, "reject_fault", by="A. <b>Therapist</b>", fault=fault.id, from_s=fault.from_s)
    page = make_report(result).read_text("utf-8")
    assert "back rounding" not in page
    assert "corrected by A. &lt;b&gt;Therapist&lt;/b&gt;." in page


def test_two_movements_are_not_compared(checked, tmp_path):
    with pytest.raises(SourceError, match="expected two results of one movement, got cat_cow and hamstring"):
        make_report(checked / "hinge_back_rounding", compare=checked / "cat_cow_good", out=tmp_path / "r.html")
    assert list(tmp_path.iterdir()) == []


def test_key_moments_show_each_thing_once(checked):
    summary = load_measured(checked / "hinge_back_rounding")
    moments = choose_key_moments(summary, load_movement(HINGE))
    times_s = [at_s for at_s, _ in moments]
    assert times_s == sorted(times_s)
    assert any("Back rounding" in words for _, words in moments)
    hold_s = [at_s for at_s, words in moments if words.startswith("The hold")]
    assert all(abs(at_s - other) >= LEAST_APART_S for at_s in hold_s for other in times_s if other != at_s)


def test_a_movement_without_holds_has_a_picture_too(checked):
    summary, movement = load_measured(checked / "cat_cow_good"), load_movement("cat_cow")
    bare = summary.model_copy(update={"faults": []})
    [(at_s, words)] = choose_key_moments(bare, movement)
    assert summary.repetitions[0].start_s < at_s < summary.repetitions[0].end_s
    assert words.startswith("A repetition, at ")
    note = load_measured(checked / "hinge_back_rounding").faults[0].model_copy(update={"id": "shallow_cat"})
    noted = summary.model_copy(update={"faults": [note.model_copy(update={"severity": "info"})] * 3})
    assert [words.partition(",")[0] for _, words in choose_key_moments(noted, movement)] == ["Shallow cat"] * 2
    assert choose_key_moments(bare.model_copy(update={"repetitions": []}), movement) == []


def test_the_commands_do_it(formcheck, checked, tmp_path, prescription):
    result = tmp_path / "copy"
    check_recording(checked / "hinge_back_rounding" / "poses.parquet", movement=HINGE, out=result)
    code, out, _ = formcheck("correct", result, "--by", "A. T", "--reject", "back_rounding")
    assert (code, out.startswith("copy: ")) == (0, True)
    entries = json.loads((result / "corrections.json").read_text("utf-8"))["entries"]
    assert {one["fault"] for one in entries} == {"back_rounding"}
    assert formcheck("correct", result, "--by", "A. T", "--undo")[0] == 0
    assert formcheck("correct", result, "--by", "A. T", "--add", "back_rounding")[0] == 2
    assert formcheck("report", result, "--pain", 11)[0] == 2
    assert formcheck("report", result, "--pain", 3, "--adherence", "7 of 9 sets")[0] == 0
    page = (result / "report.html").read_text("utf-8")
    assert ("Pain now: 3 of 10" in page, "Adherence: 7 of 9 sets" in page) == (True, True)
    code, out, _ = formcheck("report", result, "--pdf", "--prescription", prescription)
    assert (code, out) == (0, f"{result}/report.pdf: written\n")
    code, out, _ = formcheck("prescription", "show", prescription)
    assert (code, "Back shape warns from 30° instead of 40°" in out) == (0, True)
    assert formcheck("prescription", "write", prescription, "--out", tmp_path / "own")[0] == 0
    assert (tmp_path / "own" / f"{HINGE}.toml").is_file()


# Pictures of what was put right ---------------------------------------------------------------------------------------


@pytest.fixture
def filmed(checked, tmp_path):
    """Return a result with a grey film, and a red one where it is annotated."""
    result = tmp_path / "filmed"
    shutil.copytree(checked / "hinge_back_rounding", result)
    poses = list(open_track(result / "poses.parquet"))
    for name, colour in (("undrawn.mp4", (90, 90, 90)), ("annotated.mp4", (200, 30, 30))):
        with VideoWriter(result / name, fps=15.0, size_px=poses[0].size_px) as writer:
            for pose in poses:
                writer.write(np.full((*reversed(poses[0].size_px), 3), colour, np.uint8), pose.time_s)
    return result


def move_knee(result, at_s, by_px=40.0):
    poses = open_track(result / "poses.parquet")
    knee = next(pose.xy_px[INDEX["left_knee"]] for pose in poses if pose.time_s >= at_s)
    place = {"x_px": float(knee[0]) + by_px, "y_px": float(knee[1])}
    add_correction(result, "move_joint", by="A. T", landmark="left_knee", at_s=at_s, **place)
    return place


def list_pictures(result):
    """Return each picture of the report with its caption."""
    opened = open_shown(result)
    shown = report._take_pictures(result, opened, None)
    return [(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB), words) for png, words in shown]


def test_pictures_show_the_joints_where_they_were_put(filmed):
    before = list_pictures(filmed)
    assert all(picture[5, 5, 0] > 150 for picture, _ in before)  # the annotated film
    at_s = next(at_s for at_s, words in choose_key_moments(load_measured(filmed), load_movement(HINGE))
                if words.startswith("Back rounding"))  # fmt: skip
    place = move_knee(filmed, at_s)
    after = list_pictures(filmed)
    assert len(after) >= len(before)
    [picture] = [one[0] for one in after if "Ringed: left knee, put right by hand" in one[1]]
    assert abs(int(picture[5, 5, 0]) - 90) < 20  # the film without drawing
    scale = picture.shape[1] / 640
    x, y = round(place["x_px"] * scale), round(place["y_px"] * scale)
    around = picture[y - 20 : y + 20, x - 20 : x + 20].astype(int)
    assert ((around[..., 0] > 180) & (around[..., 1] > 170) & (around[..., 2] < 130)).any()  # the ring


def test_a_joint_put_right_has_a_picture_of_its_own(filmed):
    move_knee(filmed, 0.5)
    [words] = [words for _, words in list_pictures(filmed) if words.startswith("A joint put right, at 00:00")]
    assert words.endswith("Ringed: left knee, put right by hand")


def test_without_the_plain_film_captions_say_what_is_drawn(filmed):
    (filmed / "undrawn.mp4").unlink()
    move_knee(filmed, 0.5)
    found = list_pictures(filmed)
    assert found
    assert all(words.endswith("Drawn as measured, before the corrections") for _, words in found)
    (filmed / "annotated.mp4").unlink()
    assert list_pictures(filmed) == []


def test_a_fault_that_was_rejected_leaves_the_film_as_it_is(filmed):
    from_s = next(one.from_s for one in load_measured(filmed).faults if one.id == "back_rounding")
    add_correction(filmed, "reject_fault", by="A. T", fault="back_rounding", from_s=from_s)
    assert all(picture[5, 5, 0] > 150 for picture, _ in list_pictures(filmed))
    assert [words for _, words in list_pictures(filmed) if words.endswith(". Drawn before a fault was rejected")]


def test_pictures_show_each_kind_of_fault_before_one_twice(checked):
    summary = load_measured(checked / "hinge_back_rounding")
    first = next(one for one in summary.faults if one.id == "back_rounding")
    faults = [first.model_copy(update={"from_s": 10.0 * k, "to_s": 10.0 * k + 4}) for k in range(5)]
    faults.append(first.model_copy(update={"id": "bounce", "from_s": 90.0, "to_s": 92.0}))
    bare = summary.model_copy(update={"faults": faults, "repetitions": []})
    words = [words for _, words in choose_key_moments(bare, load_movement(HINGE))]
    assert [one.partition(",")[0] for one in words] == ["Back rounding"] * 3 + ["Bounce"]
