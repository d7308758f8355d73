"""A movement file from good repetitions: it validates, says what it is unsure of, and judges."""

from __future__ import annotations

import pytest

from formcheck.core.errors import FormCheckError, SourceError
from formcheck.core.movement.load import check_files, load_movement
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.therapist.draft import draft_movement, write_draft

HINGE = "hamstring_hinge_standing"


@pytest.fixture(scope="module")
def data(checkout):
    return checkout / "tests" / "data"


@pytest.fixture(scope="module")
def drafted(data, tmp_path_factory):
    draft = draft_movement([data / "hinge_good.parquet"], name="Bow at the desk", like=HINGE)
    return draft, write_draft(draft, tmp_path_factory.mktemp("own") / "bow.toml")


def test_a_draft_validates_and_says_what_it_rests_on(drafted):
    draft, path = drafted
    (checked,) = check_files([path])
    assert (checked.problems, checked.movement.id, checked.movement.version) == ([], "bow_at_the_desk", 1)
    assert draft.text.startswith("# Drafted by formcheck from 1 repetitions in hinge_good.")
    assert all(f"# - {line}\n" in draft.text for line in draft.unsure)
    assert "cannot teach which faults matter" in draft.unsure[0]
    assert any(f"Faults, cues and severities are those of {HINGE}" in line for line in draft.unsure)
    assert checked.movement.avoid_if is None  # nobody has decided for whom it suits


def test_bands_are_around_what_was_shown(drafted, data):
    movement, shown = load_movement(drafted[1]), check_recording(data / "hinge_good.parquet", movement=HINGE)
    knee, lean = shown.measurements["knee_right_deg"], shown.measurements["trunk_inclination_deg"]
    low, high = movement.measures["stretch_knee"].target
    assert knee.in_hold_median - 2 * knee.uncertainty < low < knee.in_hold_median < high
    assert movement.measures["hinge"].target[1] == "open"  # the base sets no upper end
    assert 0 < movement.drive.departs < movement.drive.least < lean.in_hold_median
    hold = shown.repetitions[0]
    assert movement.dose.hold_s == pytest.approx(hold.hold_end_s - hold.hold_start_s, abs=1.0)


@pytest.mark.parametrize(("clip", "fault"), [("hinge_back_rounding", "back_rounding"), ("hinge_bounce", "bounce"),
                                             ("hinge_knee_bent", "stretch_knee_bent")])  # fmt: skip
def test_a_drafted_file_finds_the_faults_of_its_base(drafted, data, clip, fault):
    assert fault in {one.id for one in check_recording(data / f"{clip}.parquet", movement=drafted[1]).faults}


def test_the_demonstration_itself_is_good(drafted, data):
    summary = check_recording(data / "hinge_good.parquet", movement=drafted[1])
    assert [one.id for one in summary.faults if one.severity != "info"] == []
    assert len(summary.repetitions) == 1


def test_a_bare_draft_finds_what_moves(data, tmp_path):
    draft = draft_movement([data / "hinge_good.parquet"], name='Bow "><script>\n# x = 1')
    path = write_draft(draft, tmp_path / "bare.toml")
    movement = load_movement(path)
    assert (movement.drive.signal, movement.drive.kind, movement.posture) == (
        "trunk_inclination_deg",
        "reach",
        "standing",
    )
    assert (movement.main, movement.name) == ("trunk", 'Bow "><script>\n# x = 1')
    assert {"knee_less", "bounce"} <= {one.id for one in movement.faults}
    assert any("taken to be trunk_inclination_deg" in line for line in draft.unsure)
    seen = check_recording(data / "hinge_knee_bent.parquet", movement=path)
    assert "knee_less" in {one.id for one in seen.faults}


def test_what_shows_no_movement_is_refused(data):
    with pytest.raises(SourceError, match="empty_room: expected a person who shows a movement, got nobody"):
        draft_movement([data / "empty_room.parquet"], name="x")
    with pytest.raises(SourceError, match="expected a movement like glute_bridge, got one in which trunk_thigh"):
        draft_movement([data / "hinge_good.parquet"], name="x", like="glute_bridge")
    with pytest.raises(SourceError, match="hinge_good: expected about 3 good repetitions, got none as of warmup_march"):
        draft_movement([data / "hinge_good.parquet"], name="x", like="warmup_march")
    with pytest.raises(FormCheckError, match="expected a movement id"):
        draft_movement([data / "hinge_good.parquet"], name="x", like="nothing")


def test_a_file_that_a_person_changed_is_kept(drafted):
    draft, path = drafted
    with pytest.raises(SourceError, match=r"bow\.toml: expected a new file, got one that exists"):
        write_draft(draft, path)


def test_the_command_prints_what_is_unsure(formcheck, data, tmp_path):
    out = tmp_path / "own.toml"
    code, said, _ = formcheck(
        "draft", data / "cat_cow_good.parquet", "--name", "Cat", "--like", "cat_cow", "--out", out
    )
    assert (code, said.startswith("Not sure:\n- A demonstration cannot")) == (0, True)
    assert formcheck("movements", "validate", out)[0] == 0


def test_a_draft_is_kept_among_the_own_movements(formcheck, data, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    about = ("draft", data / "cat_cow_good.parquet", "--name", "Cat", "--like", "cat_cow")
    code, said, _ = formcheck(*about, "--keep")
    kept = tmp_path / "movements" / "cat.toml"
    assert (code, kept.is_file(), said.splitlines()[-1].startswith(f"{kept}: written from")) == (0, True, True)
    assert "cat" in formcheck("movements", "list")[1]
    code, _, problem = formcheck(*about, "--keep")
    assert (code, "kept already" in problem) == (2, True)
    assert formcheck(*about)[0] == formcheck(*about, "--keep", "--out", tmp_path / "x.toml")[0] == 2
