"""The table of stages: what each step does to made-up numbers, and that the stages are formcheck's own."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from formcheck.core.movement.load import load_movement
from formcheck.core.records import Frame, Value
from formcheck.sources.pose_track import TrackWriter, open_track

NAN = math.nan


@pytest.fixture
def stages(script):
    return script("ablation.stages")


@pytest.fixture
def ablation(script):
    return script("ablation.__main__")


@pytest.fixture
def track(checkout):
    """Return what was once seen in a sample clip."""
    return open_track(checkout / "tests" / "data" / "hinge_good.parquet")


# Stages ---------------------------------------------------------------------------------------------------------------


def test_all_steps_together_are_formcheck_itself(stages, track):
    """A step of the core that has no row here shows as a difference to the last row."""
    hinge = load_movement("hamstring_hinge_standing")
    last = next(stage for stage in reversed(stages.STAGES) if not stage.whole)
    ours, whole = (
        stages.table_of(stages.measured(track, stage, hinge, "right")) for stage in (last, stages.STAGES[-1])
    )
    assert len(ours) == len(whole) == track.frames
    values = [name for name in ours if not name.endswith("_unc")]
    pd.testing.assert_frame_equal(ours[values], whole[values])


def test_steps_run_in_order_and_start_fresh_for_every_clip(stages, track):
    heights = []

    def lower(by_px):
        def make():
            heights.append("new")

            def step(seen):
                heights.append(seen.pose.xy_px[0, 1])
                return replace(seen, pose=replace(seen.pose, xy_px=seen.pose.xy_px + np.float32(by_px)))

            return step

        return make

    poses = [*track][:2]
    hinge, stage = load_movement("hamstring_hinge_standing"), stages.Stage("two", (lower(1000.0), lower(0.0)))
    assert len(list(stages.measured(poses, stage, hinge, None))) == 2
    nose = [pose.xy_px[0, 1] for pose in poses]
    assert heights[:2] == ["new", "new"]
    assert heights[2:] == pytest.approx([nose[0], nose[0] + 1000, nose[1], nose[1] + 1000])


def test_the_raw_stage_measures_each_pose_by_itself(stages, track):
    """Each frame twice: whatever went before, the same pose gives the same angle."""
    poses = [*track][:1] + [*track][60:61] + [replace(pose, time_s=9.0) for pose in [*track][:1]]
    raw = stages.STAGES[0]
    table = stages.table_of(stages.measured(poses, raw, load_movement("hamstring_hinge_standing"), None))
    assert table["trunk_inclination_deg"][0] == table["trunk_inclination_deg"][2]
    assert table["trunk_inclination_deg"][0] != table["trunk_inclination_deg"][1]


@pytest.mark.parametrize(
    ("yaw_deg", "width"), [(0.0, 9.0), (15.0, 9.0), (17.5, 12.0), (20.0, 15.0), (29.0, 15.0), (NAN, 9.0)]
)
def test_before_calibration_a_band_depends_on_the_yaw_alone(stages, track, yaw_deg, width):
    numbers = next(iter(stages.measured(track, stages.STAGES[-1], load_movement("plank"), None)))
    turned = replace(numbers, values=dict(numbers.values) | {"yaw_deg": Value(yaw_deg, 10.0)})
    found = stages.one_band_for_all(turned, stages.Seen(next(iter(track)))).values
    bands = {name: value.uncertainty for name, value in found.items()}
    assert bands["knee_left_deg"] == pytest.approx(width)
    assert bands["head_trunk_deg"] == numbers.values["head_trunk_deg"].uncertainty


def test_a_band_stands_only_beside_a_value(stages, track):
    numbers = next(iter(stages.measured(track, stages.STAGES[0], load_movement("plank"), None)))
    values = dict(numbers.values) | {"knee_left_deg": Value(NAN, 9.0), "knee_right_deg": Value(170.0, 9.0)}
    row = stages.table_of([replace(numbers, values=values)]).iloc[0]
    assert math.isnan(row["knee_left_deg_unc"])
    assert (row["knee_right_deg"], row["knee_right_deg_unc"]) == (170.0, 9.0)


# Numbers --------------------------------------------------------------------------------------------------------------


def angles(**columns):
    names = ("knee_left_deg", "trunk_thigh_left_deg", "elbow_left_deg", "trunk_inclination_deg")
    return pd.DataFrame({"time_s": [0.0, 1.0, 2.0, 3.0]} | {name: columns.get(name, [NAN] * 4) for name in names})


def test_jitter_is_what_is_left_of_a_course_without_its_trend(ablation):
    steady = angles(knee_left_deg=[100.0, 110.0, 120.0, 130.0])
    assert ablation.jitter(steady, {"near_side": "left"}) == 0.0
    shaky = angles(knee_left_deg=[100.0, 101.0, 100.0, 101.0])  # second differences of 2
    assert ablation.jitter(shaky, {"near_side": "left"}) == pytest.approx(1.4826 * 2 / math.sqrt(6))
    assert math.isnan(ablation.jitter(angles(), {"near_side": "left"}))


def test_pictures_disagree_where_both_are_known(ablation):
    one = angles(knee_left_deg=[100.0, 101.0, NAN, 103.0], trunk_inclination_deg=[10.0] * 4)
    mirrored = angles(knee_left_deg=[102.0, NAN, 100.0, 100.0], trunk_inclination_deg=[9.0] * 4)
    assert ablation.disagreement(one, mirrored[1:], {"near_side": "left"}) == [3.0, 1.0, 1.0, 1.0]


def test_stages_are_totalled_over_clips(ablation, script):
    compared = script("accuracy.score").Compared
    clips = [
        {"raw": ablation.Staged((compared("knee", 10, 2.0, 0.0, 4.0, 1.0, 1.0),), 1.0, [0.0] * 19 + [4.0])},
        {"raw": ablation.Staged((compared("knee", 30, 6.0, 0.0, 8.0, 0.8, 1.0),), 3.0)},
    ]
    found = ablation.totals(clips)["raw"]
    assert found["numbers"]["knee"]["mae"] == pytest.approx(5.0)
    assert found["jitter_deg"] == pytest.approx(2.0)
    assert found["mirror_p95_deg"] == pytest.approx(np.percentile([0.0] * 19 + [4.0], 95))
    (row,) = ablation.stage_table({"raw": found}).rows
    assert row == ("raw", "5.00 (85 %)", "–", "–", "–", "–", "–", "2.00°", "0.2°")
    assert math.isnan(ablation.totals([{"raw": ablation.Staged((), NAN)}])["raw"]["mirror_p95_deg"])


def test_a_mirrored_frame_has_left_and_right_exchanged(script):
    image = np.arange(12, dtype=np.uint8).reshape(1, 4, 3)
    flipped = script("ablation.mirror").mirrored(Frame(7, 0.5, image))
    assert (flipped.index, flipped.time_s) == (7, 0.5)
    assert flipped.image[0, :, 0].tolist() == [9, 6, 3, 0]


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path, checkout):
    """A sample clip, what was once seen in it, and the same again as if its mirror image had shown just that."""
    for name in ("samples/hinge_good.mp4", "samples/hinge_good.json"):
        (tmp_path / "samples").mkdir(exist_ok=True)
        shutil.copy(checkout / "sample_videos" / name.split("/")[1], tmp_path / name)
    kept = tmp_path / "kept" / "hinge_good"
    kept.mkdir(parents=True)
    shutil.copy(checkout / "tests" / "data" / "hinge_good.parquet", kept / "poses.parquet")
    track = open_track(kept / "poses.parquet")
    with TrackWriter(kept / "mirrored.parquet", track.header) as writer:
        for pose in track:
            writer.write(pose.mirrored().mirrored())
    return tmp_path


def test_the_table_of_a_clip_stands_in_its_part_of_the_page(ablation, script, results, monkeypatch, capsys):
    page = results / "accuracy.md"
    page.write_text("# Title\n\nKept.\n", "utf-8")
    monkeypatch.setattr(script("accuracy.page"), "PAGE", page)
    words = [str(results / "samples"), str(results / "kept"), "--workers", "1", "--json", str(results / "n.json")]
    assert ablation.main([*words, "--write-docs"]) == 0
    rows = capsys.readouterr().out.splitlines()[3:]
    assert [row.split("  ")[1] for row in rows] == [stage.name for stage in ablation.STAGES]
    numbers = json.loads((results / "n.json").read_text("utf-8"))
    assert all(0 < row["numbers"]["knee"]["mae"] < 10 for row in numbers.values())
    assert numbers["+ smoothing"]["jitter_deg"] < numbers["raw model"]["jitter_deg"]
    assert all(row["mirror_p95_deg"] < 0.01 for row in numbers.values())
    text = page.read_text("utf-8")
    assert text.startswith(
        "# Title\n\nKept.\n\n<!-- ablation -->\n## How much each step improves\n\nThe poses of 1 clips (samples)"
    )
    assert text.endswith("\n<!-- /ablation -->\n")


def test_poses_that_were_not_kept_are_reported(ablation, results, capsys):
    (results / "kept" / "hinge_good" / "poses.parquet").unlink()
    assert ablation.main([str(results / "samples"), str(results / "kept")]) == 2
    assert "ablation: kept: expected the poses of every clip, got none of hinge_good; run" in capsys.readouterr().err
