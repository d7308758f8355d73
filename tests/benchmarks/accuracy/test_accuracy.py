"""The accuracy benchmark on made-up results with numbers that are easy to compute, and on two sample clips."""

from __future__ import annotations

import json
import math
import shutil

import pandas as pd
import pytest


@pytest.fixture
def benchmark(script):
    """Return the modules of the benchmark, as the script finds them."""
    return script("accuracy.__main__")


@pytest.fixture
def scoring(script):
    return script("accuracy.score")


@pytest.fixture
def totals(script):
    return script("accuracy.totals")


def truth(**changes):
    """Four frames of a hinge: half a second of standing, then a knee of 170 and a lean of 40 degrees."""
    return {
        "movement": "hamstring_hinge_standing", "near_side": "left", "camera": {"view": "side", "yaw_deg": 10},
        "faults": [], "repetitions": [{"hold_start_s": 2.0, "hold_end_s": 7.0}],
        "frames": {
            "time_s": [0.0, 1.0, 2.0, 3.0], "phase": ["setup", "setup", "move", "hold"],
            "angles_deg": {"knee_left": [180.0, 180.0, 170.0, 170.0], "trunk_inclination": [0.0, 0.0, 40.0, None]},
            "back_curve_sag_pct": [2.0, 2.0, 2.0, 8.0],
            "spine": {"lumbar_flexion_deg": [5.0, 5.0, 5.0, 25.0], "thoracic_flexion_deg": [1.0, 1.0, 1.0, 11.0]},
        },
    } | changes  # fmt: skip


def frames(**columns):
    return pd.DataFrame({"time_s": [0.0, 1.0, 2.0, 3.0]} | columns)


def said(name, from_s=2.0, to_s=4.0, severity="fix"):
    return {"id": name, "from_s": from_s, "to_s": to_s, "severity": severity}


def injected(name, from_s=2.0, to_s=4.0):
    return {"id": name, "from_s": from_s, "to_s": to_s}


# Numbers --------------------------------------------------------------------------------------------------------------


def test_the_error_of_an_angle_is_ours_less_the_truth(scoring):
    knee = [182.0, 176.0, 173.0, math.nan]  # off by +2, -4, +3
    table = frames(knee_left_deg=knee, knee_left_deg_unc=[3.0, 3.0, 3.0, 9.0])
    (row,) = scoring.compare(truth(), table)
    assert (row.name, row.frames) == ("knee", 3)
    assert row.mae == pytest.approx(3.0)
    assert row.bias == pytest.approx(1 / 3)
    assert row.p95 == pytest.approx(3.9)  # between 3 and 4, nine tenths of the way
    assert row.inside == pytest.approx(2 / 3)
    assert row.told == pytest.approx(3 / 4)


def test_a_frame_without_truth_is_not_compared(scoring):
    table = frames(trunk_inclination_deg=[1.0, 1.0, 45.0, 50.0], trunk_inclination_deg_unc=[2.0] * 4)
    (row,) = scoring.compare(truth(), table)
    assert (row.name, row.frames, row.told) == ("trunk_inclination", 3, 1.0)
    assert row.mae == pytest.approx((1 + 1 + 5) / 3)
    assert row.inside == pytest.approx(2 / 3)


def test_the_back_is_compared_by_its_change_since_the_start(scoring):
    table = frames(back_curve_pct=[12.0, 12.0, 12.0, 17.0], back_bend_deg=[3.0, 0.0, 0.0, 36.0])
    curve, bend = scoring.compare(truth(), table)
    assert (curve.name, bend.name) == ("back_curve", "back_bend")
    assert curve.mae == pytest.approx(1 / 4)  # +5 against +6
    assert curve.bias == pytest.approx(-1 / 4)
    assert bend.mae == pytest.approx((3 + 0 + 0 + 6) / 4)  # 36 against 30 more than in the start
    assert math.isnan(bend.inside)


def test_a_measurement_never_reported_is_counted_as_such(scoring):
    (row,) = scoring.compare(truth(), frames(knee_left_deg=[math.nan] * 4))
    assert (row.frames, row.told) == (0, 0.0)


def test_from_the_front_nothing_is_compared(scoring):
    camera = {"view": "front", "yaw_deg": 0}
    assert list(scoring.compare(truth(camera=camera), frames(knee_left_deg=[1.0] * 4))) == []


@pytest.mark.parametrize(
    ("camera", "counted"),
    [
        ({"view": "side", "yaw_deg": -15}, 1),
        ({"view": "side", "yaw_deg": -20}, 0),
        ({"view": "oblique", "yaw_deg": 10}, 0),
        ({"view": "oblique", "yaw_deg": 40}, 0),
    ],
)
def test_only_side_views_count_in_the_numbers_of_a_set(scoring, totals, camera, counted):
    summary = {"verdict": "good", "faults": [], "source": {"duration_s": 4.0}, "repetitions": []}
    clip = scoring.score("a", truth(camera=camera), summary, frames(knee_left_deg=[182.0, 182.0, 172.0, 172.0]))
    assert [row.mae for row in clip.compared] == [pytest.approx(2.0)]
    assert len(totals.total([clip])["numbers"]) == counted


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("true", "ours", "found", "false"),
    [
        pytest.param("back_rounding", [said("back_rounding")], True, 0, id="the same"),
        pytest.param("back_rounding", [said("toe_touch_flop")], True, 0, id="another name of it"),
        pytest.param("back_rounding", [said("back_rounding", 4.9, 6.0)], True, 0, id="within a second"),
        pytest.param("back_rounding", [said("back_rounding", 5.1, 6.0)], False, 0, id="at another time"),
        pytest.param("back_rounding", [said("bounce")], False, 1, id="something else"),
        pytest.param("back_rounding", [said("bounce", severity="info")], False, 0, id="a remark"),
        pytest.param("back_rounding", [], False, 0, id="nothing"),
    ],
)
def test_a_fault_is_found_where_it_was(scoring, true, ours, found, false):
    result = scoring.compare_faults(truth(faults=[injected(true)]), ours)
    assert result.injected == (true,)
    assert result.found == (found,)
    assert len(result.false) == false


def test_what_the_true_geometry_shows_is_no_false_alarm(scoring):
    bands = {"head_hanging": "warn", "stretch_knee_bent": "target", "over_arch": "fix"}
    ours = [said("head_hanging"), said("stretch_knee_bent"), said("over_arch"), said("bounce", severity="adjust")]
    result = scoring.compare_faults(truth(true_bands=bands), ours)
    assert result.false == ("stretch_knee_bent", "bounce")
    assert result.false_serious == ("stretch_knee_bent",)


def test_what_cannot_be_judged_is_neither_missed_nor_to_be_said(scoring):
    blind = truth(faults=[injected("back_rounding")], expect_cannot_tell=["back_rounding"])
    assert scoring.compare_faults(blind, []).injected == ()
    guessed = scoring.compare_faults(blind, [said("toe_touch_flop"), said("back_rounding", severity="info")])
    assert (guessed.guessed, guessed.false) == (("toe_touch_flop",), ())


def test_holds_are_compared_in_good_clips_of_held_movements(scoring):
    ours = [{"valid_hold_s": 4.6}]
    assert list(scoring.holds_off_s(truth(), ours)) == [pytest.approx(0.4)]
    assert list(scoring.holds_off_s(truth(), [{"valid_hold_s": None}])) == [5.0]
    assert list(scoring.holds_off_s(truth(faults=[injected("bounce")]), ours)) == []
    assert list(scoring.holds_off_s(truth(movement="cat_cow"), ours)) == []
    assert scoring.repetitions_off(truth(), [{}, {}]) == 1
    assert scoring.repetitions_off(truth(repetitions=[]), [{}]) is None


@pytest.mark.parametrize(
    ("movement", "named", "unsure", "expected"),
    [
        ("plank", "plank", False, "right"),
        ("plank", "cobra", False, "wrong"),
        ("plank", "unrecognised", True, "unsure"),
        (None, "unrecognised", True, "right"),
        (None, "cobra", False, "wrong"),
    ],
)
def test_recognition_is_right_unsure_or_wrong(scoring, movement, named, unsure, expected):
    summary = {"movement": {"id": named}, "recognised": {"certainty": 0.5, "unsure": unsure}}
    assert scoring.recognition({"movement": movement}, summary) == expected
    assert scoring.recognition({"movement": "plank"}, {}) == "unsure"


# Totals ---------------------------------------------------------------------------------------------------------------


def clip(scoring, name, *, hits=0, misses=0, false=0, duration_s=30.0, **more):
    names, found = ("bounce",) * (hits + misses), (True,) * hits + (False,) * misses
    faults = scoring.Faults(names, found, ("x",) * false, (), more.pop("guessed", ()))
    return scoring.Clip(name, "plank", faults=faults, duration_s=duration_s, **more)


def test_precision_recall_and_false_cues_a_minute(scoring, totals):
    clips = [
        clip(scoring, "a", hits=2, misses=1, false=1),
        clip(scoring, "b", hits=1),
        clip(scoring, "c", false=1, duration_s=90.0),
        clip(scoring, "d", duration_s=30.0),
        scoring.unscored("e", truth(faults=[injected("bounce")]), "no video"),
    ]
    row = totals.total(clips)
    assert (row["clips"], row["broken"], row["faults_injected"], row["faults_found"]) == (5, 1, 5, 3)
    assert row["fault_precision"] == pytest.approx(3 / 5)  # three found, two false
    assert row["fault_recall"] == pytest.approx(3 / 5)  # three of five: what could not be checked is missed
    assert row["fault_f1"] == pytest.approx(3 / 5)
    assert row["false_cues_per_good_minute"] == pytest.approx(1 / 2)  # one in the two minutes of c and d


def test_holds_repetitions_and_abstention(scoring, totals):
    clips = [
        clip(scoring, "a", holds_off_s=(0.0, 1.0), repetitions_off=0),
        clip(scoring, "b", repetitions_off=-1, untellable=True),
        clip(scoring, "c", untellable=True, guessed=("bounce",)),
    ]
    row = totals.total(clips)
    assert row["hold_error_p90_s"] == pytest.approx(0.9)
    assert row["repetitions_exact"] == pytest.approx(1 / 2)
    assert row["abstained_rightly"] == pytest.approx(1 / 2)


def test_each_frame_weighs_the_same_in_a_mean_error(scoring, totals):
    one = scoring.Compared("knee", 10, 2.0, 1.0, 4.0, 1.0, 1.0)
    two = scoring.Compared("knee", 30, 6.0, -1.0, 8.0, 0.8, 0.5)
    none = scoring.Compared("knee", 0, math.nan, math.nan, math.nan, math.nan, 0.0)
    row = totals.numbers([clip(scoring, str(n), compared=(c,)) for n, c in enumerate((one, two, none))])["knee"]
    assert (row["clips"], row["frames"]) == (3, 40)
    assert row["mae"] == pytest.approx(5.0)
    assert row["bias"] == pytest.approx(-0.5)
    assert row["p95"] == pytest.approx(7.0)
    assert row["inside"] == pytest.approx(0.85)
    assert row["told"] == pytest.approx(0.5)


def test_of_nothing_there_is_no_share(totals):
    row = totals.total([])
    assert math.isnan(row["fault_precision"])
    assert math.isnan(row["abstained_rightly"])
    assert (row["recognised"], row["numbers"]) == ({}, {})


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sample_set(tmp_path, checkout):
    """Two sample clips and the poses that were once seen in them."""
    for name in ("hinge_good", "hinge_back_rounding"):
        for kind in ("mp4", "json"):
            place = tmp_path / "samples" / f"{name}.{kind}"
            place.parent.mkdir(exist_ok=True)
            shutil.copy(checkout / "sample_videos" / place.name, place)
        (tmp_path / "kept" / name).mkdir(parents=True)
        shutil.copy(checkout / "tests" / "data" / f"{name}.parquet", tmp_path / "kept" / name / "poses.parquet")
    return tmp_path / "samples"


def test_two_sample_clips_are_scored(benchmark, sample_set, monkeypatch, capsys):
    folder = sample_set.parent
    monkeypatch.setattr(benchmark, "PAGE", folder / "accuracy.md")
    words = [str(sample_set), "--replay", str(folder / "kept"), "--workers", "2", "--out", str(folder / "out")]
    words += ["--auto", "--note", "looked at while building"]
    assert benchmark.main([*words, "--json", str(folder / "numbers.json"), "--write-docs"]) == 0
    said = capsys.readouterr()
    assert said.err == "1/2 hinge_back_rounding\n2/2 hinge_good\n"
    results = json.loads((folder / "numbers.json").read_text("utf-8"))
    assert [one["name"] for one in results["clips"]] == ["hinge_back_rounding", "hinge_good"]
    everything = results["all"]
    assert (everything["faults_injected"], everything["faults_found"], everything["faults_false"]) == (1, 1, 0)
    assert (everything["fault_precision"], everything["fault_recall"], everything["fault_f1"]) == (1, 1, 1)
    assert everything["repetitions_exact"] == 1
    assert everything["hold_error_p90_s"] < 1
    assert 0 < everything["numbers"]["knee"]["mae"] < 10
    assert results["movements"].keys() == {"hamstring_hinge_standing"}
    assert everything["recognised"] == {"right": 2, "unsure": 0, "wrong": 0}
    page = (folder / "accuracy.md").read_text("utf-8")
    assert "| hamstring_hinge_standing | 2 | 0 | 0 |" in page
    assert " | looked at while building |" in page
    assert "| samples | 2 | 0.1.0 | full " in page
    assert "| all | 2 | 1 of 1 | 0 | 100 % | 100 % | 100 % | 0.0 | " in page
    assert (folder / "out" / "hinge_good" / "summary.json").is_file()


def test_one_worker_and_two_give_the_same_bytes(benchmark, sample_set, capsys):
    folder = sample_set.parent
    written = []
    for workers in ("1", "2"):
        name = f"{workers}.json"
        words = [str(sample_set), "--replay", str(folder / "kept"), "--workers", workers, "--json", str(folder / name)]
        assert benchmark.main(words) == 0
        written.append((capsys.readouterr().out, (folder / name).read_bytes()))
    assert written[0] == written[1]


def test_a_clip_that_cannot_be_checked_misses_its_faults(benchmark, sample_set, capsys):
    for name in ("hinge_good", "hinge_back_rounding"):
        (sample_set / f"{name}.mp4").write_bytes(b"no video")
    assert benchmark.main([str(sample_set), "--workers", "1"]) == 2
    said = capsys.readouterr()
    assert "0 of 1" in said.out
    assert "accuracy: hinge_good: expected a result, got: hinge_good.mp4: expected a video" in said.err


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(
            lambda folder: folder.rmdir(), "expected a folder of *.mp4 with their truth (*.json), got", id="no folder"
        ),
        pytest.param(
            lambda folder: None, "expected clips with their truth, got no *.mp4; render a set, or name", id="no clips"
        ),
        pytest.param(
            lambda folder: (folder / "a.mp4").touch(),
            "expected clips with their truth, got 1 *.mp4, none of them with a *.json of its name; render a set",
            id="no sidecar",
        ),
        pytest.param(
            lambda folder: [(folder / f"a.{kind}").write_text('{"title": "Plank"}') for kind in ("mp4", "json")],
            "a.json: expected movement, camera, faults, repetitions, frames, got no movement, no camera, no faults, "
            "no repetitions, no frames; render the clip again, or move it out of the set",
            id="a sidecar without truth",
        ),
        pytest.param(
            lambda folder: [(folder / f"a.{kind}").write_text("[1, 2") for kind in ("mp4", "json")],
            "a.json: expected a truth in JSON, got JSONDecodeError",
            id="a broken sidecar",
        ),
        pytest.param(
            lambda folder: [(folder / f"a.{kind}").write_text("[1, 2]") for kind in ("mp4", "json")],
            "a.json: expected a table of truth, got list",
            id="a sidecar that is a list",
        ),
    ],
)  # fmt: skip
def test_a_set_that_cannot_be_scored_is_reported(benchmark, tmp_path, capsys, make, told):
    folder = tmp_path / "clips"
    folder.mkdir()
    make(folder)
    assert benchmark.main([str(folder)]) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.startswith("accuracy: ")
    assert said.out == ""


def test_poses_that_were_not_kept_are_reported(benchmark, sample_set, capsys):
    (sample_set.parent / "kept" / "hinge_good" / "poses.parquet").unlink()
    assert benchmark.main([str(sample_set), "--replay", str(sample_set.parent / "kept")]) == 2
    assert "kept: expected the poses of every clip, got none of hinge_good; run once with" in capsys.readouterr().err


def test_no_folder_for_the_numbers_is_reported_before_the_work(benchmark, sample_set, capsys):
    assert benchmark.main([str(sample_set), "--json", str(sample_set / "none" / "a.json")]) == 2
    assert "a.json: expected a folder to write to, got none" in capsys.readouterr().err
