"""The reliability of stated certainties, on claims that can be counted in the head."""

from __future__ import annotations

import pytest


@pytest.fixture
def certainty(script):
    return script("certainty.__main__")


@pytest.fixture
def claim(certainty):
    def make(stated, *, right=True, among=True, source="rendered"):
        return certainty.Claim(source, "one", among, "plank", stated, right)

    return make


def test_recordings_of_something_else_weigh_a_quarter_of_all(certainty):
    watched = certainty.Watched((), shown=60, other=80)
    assert watched.other * watched.weight / (60 + watched.other * watched.weight) == pytest.approx(0.25)


def test_each_claim_counts_in_the_bin_of_its_certainty(certainty, claim):
    claims = (claim(0.0), claim(0.6), claim(0.79), claim(0.8, right=False), claim(0.95), claim(1.0))
    rows = certainty.count(certainty.Watched(claims, 6, 2), claims)
    assert [(row["right"], row["wrong"], row["of_something_else"]) for row in rows] == [
        (1, 0, 0), (2, 0, 0), (0, 1, 0), (2, 0, 0),
    ]  # fmt: skip


def test_a_name_for_something_else_lowers_the_share(certainty, claim):
    claims = (claim(0.96), claim(0.96), claim(0.96), claim(0.98, right=False, among=False))
    watched = certainty.Watched(claims, shown=3, other=1)  # the one recording of something else weighs as much as one
    last = certainty.count(watched, claims)[-1]
    assert (last["of_something_else"], last["share_right"]) == (1, pytest.approx(3 / 4))
    assert last["stated"] == pytest.approx((3 * 0.96 + 0.98) / 4)


def test_a_bin_without_a_claim_has_no_row(certainty, claim):
    claims = (claim(0.7),)
    table = certainty.table_of({"all": certainty.count(certainty.Watched(claims, 1, 1), claims)})
    assert [row[:3] for row in table.rows] == [("all", "0.60 to 0.80", "1")]


def test_every_track_of_the_catalogue_names_a_movement(certainty):
    known = set(certainty.catalogue())
    assert {one.movement for one in certainty.of_catalogue()} <= known
    assert len(list(certainty.of_catalogue())) > 70


def test_a_hinge_is_claimed_rightly_and_not_without_the_hinge(certainty):
    track = certainty.CATALOGUE / "hamstring_hinge_standing-good.parquet"
    hinge = certainty.Recording("rendered", "good", "hamstring_hinge_standing", track)
    watched = certainty.watch([hinge])
    assert [(one.among, one.said, one.right) for one in watched.claims] == [(True, "hamstring_hinge_standing", True)]
    assert (watched.shown, watched.other) == (1, 1)


def test_poses_that_are_not_there_end_with_one_line(certainty, tmp_path, capsys):
    (tmp_path / "clip.json").write_text('{"movement": "plank"}')
    assert certainty.main(["--set", f"{tmp_path}={tmp_path / 'none'}"]) == 2
    assert capsys.readouterr().err.startswith("certainty: expected the poses of clip, got none")
