"""Two results side by side: the same numbers as the report, known shifts, and what is refused."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pandas as pd
import pytest

from formcheck.core.errors import FormCheckError, SourceError
from formcheck.core.skeleton import INDEX
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.therapist.comparison import compare_results, load_ghost
from formcheck.drivers.therapist.comparison_page import describe_as_json, tabulate_differences, write_comparison
from formcheck.drivers.therapist.corrected import load_measured
from formcheck.program.change import Change
from formcheck.sources.pose_track import open_track

HINGE = "hamstring_hinge_standing"
MOVEMENTS = {"hinge_good": HINGE, "hinge_knee_bent": HINGE, "cat_cow_good": "cat_cow"}


@pytest.fixture(scope="module")
def checked(tmp_path_factory, checkout):
    folder = tmp_path_factory.mktemp("results")
    for name, movement in MOVEMENTS.items():
        check_recording(checkout / "tests" / "data" / f"{name}.parquet", movement=movement, out=folder / name)
    return folder


def rewrite(result, change):
    path = result / "summary.json"
    summary = json.loads(path.read_text("utf-8"))
    change(summary)
    path.write_text(json.dumps(summary), "utf-8")


def test_a_result_does_not_differ_from_itself(checked):
    for name in ("hinge_good", "cat_cow_good"):
        found = compare_results(checked / name, checked / name)
        known = [one for one in found.measures if one.difference is not None]
        assert [one.difference for one in known] == [0.0] * len(known)
        assert {one.change for one in found.measures} <= {Change.NONE, Change.UNKNOWN}
        assert (Change.NONE in {one.change for one in known}, found.names) == (True, (f"{name} (1)", f"{name} (2)"))


@pytest.mark.parametrize(("shift_deg", "change"), [(2.0, Change.NONE), (40.0, Change.OTHER)])
def test_a_known_shift_is_that_shift(checked, tmp_path, shift_deg, change):
    moved = tmp_path / "moved"
    shutil.copytree(checked / "hinge_good", moved)
    frames = pd.read_parquet(moved / "frames.parquet")
    frames["trunk_inclination_deg"] += shift_deg
    frames.to_parquet(moved / "frames.parquet")

    def shift(summary):
        numbers = summary["measurements"]["trunk_inclination_deg"]
        for key in ("median", "p05", "p95", "in_hold_median"):
            numbers[key] += shift_deg

    rewrite(moved, shift)
    (hinge,) = [one for one in compare_results(moved, checked / "hinge_good").measures if one.measure == "hinge"]
    assert (hinge.difference, hinge.change) == (pytest.approx(shift_deg), change)
    assert hinge.curves[0].mean - hinge.curves[1].mean == pytest.approx(shift_deg, nan_ok=True)


def test_numbers_are_those_of_the_report(checked):
    found = compare_results(checked / "hinge_good", checked / "hinge_knee_bent")
    (knee,) = [one for one in found.measures if one.measure == "stretch_knee"]
    measured = [load_measured(checked / name).measurements for name in ("hinge_good", "hinge_knee_bent")]
    sides = [f"knee_{side}_deg" for side in knee.sides]
    assert knee.values == tuple(one[side].in_hold_median for one, side in zip(measured, sides, strict=True))
    assert (knee.change, knee.difference > 20) == (Change.OTHER, True)
    row = next(row for row in tabulate_differences(found).rows if row[0].startswith("Stretched knee"))
    assert (row[-1], row[3][0]) == ("clear change", "+")


def test_a_measure_of_another_side_is_named_so(checked):
    found = compare_results(checked / "hinge_good", checked / "hinge_knee_bent")
    assert found.names == ("hinge_good, right", "hinge_knee_bent, left")


def test_two_movements_or_views_are_refused(checked, tmp_path):
    with pytest.raises(SourceError, match="expected two results of one movement, got hamstring_hinge_standing and cat"):
        compare_results(checked / "hinge_good", checked / "cat_cow_good")
    front = tmp_path / "front"
    shutil.copytree(checked / "hinge_good", front)
    rewrite(front, lambda summary: summary["view"].update(kind="front"))
    with pytest.raises(SourceError, match="filmed from one direction, got side and front; film both alike"):
        compare_results(checked / "hinge_good", front)
    with pytest.raises(SourceError, match="expected a result with both sides, got only the right one"):
        compare_results(checked / "hinge_good")
    with pytest.raises(SourceError, match="got a movement without a working side"):
        compare_results(checked / "cat_cow_good")
    (front / "frames.parquet").unlink()
    with pytest.raises(SourceError, match="expected the frames of a check, got none"):
        compare_results(front, checked / "hinge_good")
    with pytest.raises(FormCheckError, match="expected a result of formcheck check"):
        compare_results(tmp_path / "nothing", checked / "hinge_good")


def test_both_sides_of_one_result_are_compared(checked, tmp_path):
    both = tmp_path / "both"
    shutil.copytree(checked / "hinge_good", both)

    def add_left(summary):
        one = summary["repetitions"][0]
        summary["repetitions"].append(one | {"index": 2, "side": "left"})

    rewrite(both, add_left)
    found = compare_results(both)
    assert (found.names, {one.sides for one in found.measures}) == (("left", "right"), {("left", "right")})
    (hinge,) = [one for one in found.measures if one.measure == "hinge"]
    assert (hinge.difference, hinge.change) == (0.0, Change.NONE)  # the lean has no side: the same frames twice


def test_what_was_not_seen_cannot_be_judged(checked, tmp_path):
    blind = tmp_path / "blind"
    shutil.copytree(checked / "hinge_good", blind)

    def hide(summary):
        for check in summary["checks"]:
            if check["id"] == "hinge":
                check["cannot_tell_share"] = 0.6

    rewrite(blind, hide)
    (hinge,) = [one for one in compare_results(blind, checked / "hinge_good").measures if one.measure == "hinge"]
    assert (hinge.change, hinge.difference, hinge.least_detectable) == (Change.UNKNOWN, None, None)


def test_page_json_and_tables_agree(checked, tmp_path):
    nasty = tmp_path / '"><script>=1'
    shutil.copytree(checked / "hinge_good", nasty)
    found = compare_results(nasty, checked / "hinge_knee_bent")
    page = write_comparison(found, tmp_path / "out").read_text("utf-8")
    assert ("<script" in page, "&lt;script&gt;" in page) == (False, True)
    assert page.count("data:image/svg") == len(found.measures) + 1  # and the bodies
    stored = json.loads((tmp_path / "out" / "compare.json").read_text("utf-8"))
    assert stored == describe_as_json(found)
    with (tmp_path / "out" / "differences.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["difference"] for row in rows] == [
        "" if one["difference"] is None else str(one["difference"]) for one in stored["measures"]
    ]
    assert all(word in page for row in tabulate_differences(found).rows for word in row)
    points = pd.read_csv(tmp_path / "out" / "curves.csv")
    assert set(points["which"]) == {"first", "second"}


def test_the_command_compares(formcheck, checked, tmp_path):
    code, out, _ = formcheck("compare", checked / "hinge_good", checked / "hinge_knee_bent", "--out", tmp_path / "o")
    assert (code, "clear change" in out, out.endswith("compare.html: written\n")) == (0, True, True)
    code, out, _ = formcheck("compare", checked / "hinge_good", checked / "hinge_good", "--json")
    assert (code, json.loads(out)["movement"]) == (0, HINGE)
    assert formcheck("compare", checked / "hinge_good")[0] == 2


def test_the_other_body_follows_phase_by_phase(checked):
    ghost = load_ghost(checked / "hinge_knee_bent", checked / "hinge_good")
    poses = list(open_track(checked / "hinge_knee_bent" / "poses.parquet"))
    assert [one.time_s for one in ghost] == [one.time_s for one in poses]
    [repetition] = load_measured(checked / "hinge_knee_bent").repetitions
    inside = [repetition.start_s <= one.time_s <= repetition.end_s for one in poses]
    assert [one.seen for one in ghost] == inside
    hips = [INDEX["left_hip"], INDEX["right_hip"]]
    apart_px = [np.abs(a.xy_px[hips].mean(0) - b.xy_px[hips].mean(0)).max()
                for a, b in zip(ghost, poses, strict=True) if a.seen]  # fmt: skip
    assert max(apart_px) < 0.1


def test_a_result_over_itself_is_the_same_body(checked):
    ghost = load_ghost(checked / "hinge_good", checked / "hinge_good")
    poses = open_track(checked / "hinge_good" / "poses.parquet")
    apart_px = [np.abs(a.xy_px - b.xy_px).max() for a, b in zip(ghost, poses, strict=True) if a.seen]
    assert len(apart_px) > 50
    assert max(apart_px) < 0.1


def test_without_poses_there_is_no_body_and_still_a_page(checked, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(checked / "hinge_good", bare)
    assert [one.section for one in compare_results(bare, bare).bodies] == ["on the way", "hold", "on the way back"]
    (bare / "poses.parquet").unlink()
    with pytest.raises(SourceError, match="bare: expected the poses of the recording, got none"):
        load_ghost(checked / "hinge_good", bare)
    found = compare_results(bare, bare)
    assert found.bodies == ()
    assert "Bodies over each other" not in write_comparison(found, tmp_path / "out").read_text("utf-8")


@pytest.mark.filterwarnings("error")
def test_long_and_strange_names_leave_room_for_the_drawing(checked, tmp_path):
    """The drawings cut them, and draw a box for what the font lacks; the text of the page has them whole."""
    strange = ('=1+1 $a_{1}$ 🙂 "><script>' + "x" * 300, "y" * 300)
    found = compare_results(checked / "hinge_good", checked / "hinge_knee_bent", called=strange)
    page = write_comparison(found, tmp_path / "out").read_text("utf-8")
    assert (strange[1] in page, "<script" in page) == (True, False)
