"""A person's own tall and rounded back, stored in a file and used."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import SourceError
from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.sources.pose_track import open_track

HINGE = Path(__file__).resolve().parent.parent / "data" / "hinge_back_rounding.parquet"


def test_kept_and_loaded_again(tmp_path):
    path = tmp_path / "me.json"
    path.write_text(Calibration(neutral={"standing": [0.1] * 33}).model_dump_json(), "utf-8")
    loaded = load_calibration(path)
    assert loaded.neutral_for("standing") == pytest.approx(np.full(33, 0.1))
    assert loaded.neutral_for("sitting") is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="binary"),
        pytest.param(b"{", id="broken JSON"),
        pytest.param(b"[1, 2]", id="another JSON"),
        pytest.param(b'{"neutral": {"standing": [0.1]}}', id="too few values"),
        pytest.param(b'{"neutral": {"floating": []}}', id="an unknown posture"),
        pytest.param(b'{"schema_version": 2, "neutral": {}}', id="a later version"),
        pytest.param(b'{"neutral": {}, "extra": 1}', id="an unknown key"),
        pytest.param(b'{"neutral": {}, "rounded": {"standing": [0.1]}}', id="too few values of the rounded back"),
        pytest.param(b'{"neutral": {}, "rounded": null}', id="no rounded backs at all"),
        pytest.param(b'{"neutral": {}, "created_utc": 1}', id="a number in place of a time"),
        pytest.param(b'{"neutral": {"standing": [' + b"NaN," * 32 + b"NaN]}}", id="values that are no numbers"),
        pytest.param(b'{"neutral": {"standing": [' + b"null," * 32 + b"null]}}", id="missing values"),
    ],
)
def test_what_is_no_calibration_says_how_to_make_one(tmp_path, content):
    path = tmp_path / "me.json"
    path.write_bytes(content)
    with pytest.raises(SourceError) as raised:
        load_calibration(path)
    assert str(raised.value) == (
        "me.json: expected a calibration file written by formcheck, got something else; "
        "make one with `formcheck check … --keep-neutral FILE`"
    )


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(
        SourceError, match=r"^none\.json: expected a calibration file .*, got: No such file .*; check the path$"
    ):
        load_calibration(tmp_path / "none.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "own.json")
    with pytest.raises(SourceError, match="got a device or pipe; check the path"):
        load_calibration(tmp_path / "own.json")


def test_the_rounded_back_and_the_time_are_kept_too(tmp_path):
    path, when = tmp_path / "me.json", "2026-11-21T11:00:00+00:00"
    kept = Calibration(created_utc=when, neutral={"sitting": [0.1] * 33}, rounded={"sitting": [0.2] * 33})
    path.write_text(kept.model_dump_json(), "utf-8")
    loaded = load_calibration(path)
    assert (loaded, loaded.created_utc) == (kept, when)
    assert loaded.rounded_for("sitting") == pytest.approx(np.full(33, 0.2))
    assert loaded.rounded_for("standing") is None


def test_files_of_before_still_open(tmp_path):
    path = tmp_path / "me.json"
    path.write_text('{"schema_version": 1, "neutral": {"standing": [' + ", ".join(["0.1"] * 33) + "]}}", "utf-8")
    loaded = load_calibration(path)
    assert loaded.neutral_for("standing") == pytest.approx(np.full(33, 0.1))
    assert (loaded.created_utc, loaded.rounded, loaded.rounded_for("standing")) == (None, {}, None)


def test_a_calibration_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Calibration(neutral={}).created_utc = "now"


def test_merging_takes_known_values_and_keeps_the_others():
    def contour(value):
        return [value] * 33

    old = Calibration(
        created_utc="old",
        neutral={"standing": contour(0.1), "sitting": contour(0.2)},
        rounded={"sitting": contour(0.3)},
    )
    new = Calibration(created_utc="new", neutral={"standing": contour(0.4)}, rounded={"standing": contour(0.5)})
    both = old.merge(new)
    assert both == Calibration(
        created_utc="new",
        neutral={"standing": contour(0.4), "sitting": contour(0.2)},
        rounded={"standing": contour(0.5), "sitting": contour(0.3)},
    )
    assert old.merge(Calibration(neutral={})) == old
    assert Calibration(neutral={}).merge(old) == old


# In use ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rounding_hinge():
    """The movement, a function from a calibration to all measurements, and what they are without one."""
    track = open_track(HINGE)
    poses, movement = list(track), load_movement(track.header["movement"])

    def measured(calibration=None):
        return [r.measurements for r in run(poses, FormChecker(movement, calibration=calibration))]

    return measured, measured()


def numbers_of(measurements):
    """Return value and half-width of all but the rounding."""
    others = {name: one for name, one in measurements.values.items() if name != "back_round_pct"}
    return [number for one in others.values() for number in (one.value, one.uncertainty)]


def test_a_rounded_back_changes_no_other_measurement(rounding_hinge):
    """The rounded back kept here is that of the deepest bend, so there the scale is near its end."""
    measured, without = rounding_hinge
    assert all(math.isnan(m.values["back_round_pct"].value) for m in without)
    worst = max(without, key=lambda m: np.nan_to_num(m.values["back_bend_deg"].value, nan=-1.0))
    neutral = Calibration(neutral={"standing": without[5].contour.tolist()})
    both = neutral.merge(Calibration(neutral={}, rounded={"standing": worst.contour.tolist()}))
    one, two = measured(neutral), measured(both)
    shares = []
    for m, n in zip(one, two, strict=True):
        assert numbers_of(n) == pytest.approx(numbers_of(m), nan_ok=True)
        if math.isfinite(n.values["back_round_pct"].value):
            shares.append((n.values["back_round_pct"].value, n.values["back_bend_deg"].value))
            assert n.values["back_round_pct"].uncertainty > 0
    shares = np.array(shares)
    assert len(shares) > len(two) / 2
    assert (
        np.ptp(shares[:, 0] - shares[:, 1] * (shares[0, 0] / shares[0, 1])) < 0.1
    )  # one scale for the whole recording
    assert shares[:, 0].max() == pytest.approx(100, abs=8)


def test_another_postures_rounded_back_is_none(rounding_hinge):
    measured, without = rounding_hinge
    sitting = Calibration(neutral={}, rounded={"sitting": without[5].contour.tolist()})
    assert {m.values["back_round_pct"].reason for m in measured(sitting)} >= {Reason(ReasonCode.NO_ROUNDED)}
