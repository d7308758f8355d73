"""Hard clips: poor pictures, far away, loose clothes and hair, a second person, furniture. Nothing is rendered."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio import build_body, clip, film, hard, spoil  # noqa: E402 - the studio is no package that is installed
from studio.camera import HEIGHT, WIDTH, Camera  # noqa: E402
from studio.face import covered  # noqa: E402
from studio.movements import MOVEMENTS  # noqa: E402
from studio.truth import STATIONS  # noqa: E402
from studio.worlds import FITS, cut  # noqa: E402

WORLD, CLIPS = clip.load_set("hard")
CASES = (
    "dim", "noise", "blur", "far", "baggy", "ponytail", "long_hair", "oblique", "second_person", "in_front",
)  # fmt: skip
GREY = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


# Pictures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "share"), [(0.0, 0.5), (1.0, 0.18)])
def test_a_dim_picture_keeps_the_stated_share_of_light(amount, share):
    dim = spoil.spoil(GREY, "dim", amount, rng())
    assert dim.mean() == pytest.approx(128 * share, abs=0.6)
    assert dim.std() > 2.5  # and it is noisy


@pytest.mark.parametrize(("amount", "sigma"), [(0.0, 8.0), (1.0, 24.0)])
def test_noise_spreads_the_values_and_leaves_the_brightness(amount, sigma):
    noisy = spoil.spoil(GREY, "noise", amount, rng())
    assert noisy.std() == pytest.approx(sigma, rel=0.02)
    assert noisy.mean() == pytest.approx(128, abs=0.6)


def test_a_blurred_edge_is_a_ramp_in_the_same_place():
    edge = GREY.copy()
    edge[:, : WIDTH // 2], edge[:, WIDTH // 2 :] = 0, 200
    row = spoil.spoil(edge, "blur", 1.0, rng())[HEIGHT // 2, :, 0].astype(int)
    assert 80 < row[WIDTH // 2 - 1] < 100 < row[WIDTH // 2] < 120
    assert 0 < row[WIDTH // 2 - 6] < 40
    assert (np.diff(row) >= 0).all()


def test_one_seed_spoils_alike_and_another_differently():
    picture = {"dim": 0.5, "noise": 0.2}
    first = spoil.spoil_all(GREY, picture, rng(5))
    assert (first == spoil.spoil_all(GREY, picture, rng(5))).all()
    assert (first != spoil.spoil_all(GREY, picture, rng(6))).any()


def test_a_kind_that_is_none_is_refused():
    with pytest.raises(ValueError, match="expected dim, noise or blur, got 'fog'"):
        spoil.spoil(GREY, "fog", 0.5, rng())


def test_a_camera_further_away_draws_its_aim_smaller_in_place():
    near = Camera([0.0, -3.0, 0.8], [0.0, 0.0, 0.8], 50)
    far = near.stepped_back(0.5)
    assert far.eye == pytest.approx([0.0, -6.0, 0.8])
    points = [[0.0, 0.0, 0.8], [0.5, 0.0, 0.8], [0.0, 0.0, 1.3]]
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    assert far.project(points) - middle == pytest.approx((near.project(points) - middle) / 2, abs=1e-6)


# The list -----------------------------------------------------------------------------------------------------------


def test_every_hard_case_appears_thrice_once_without_a_fault():
    shown = {case: [c for c in CLIPS if case in hard.hard_of(c)] for case in CASES}
    assert {case: len(found) for case, found in shown.items()} == dict.fromkeys(CASES, 3)
    assert all(any(not c.get("faults") for c in found) for found in shown.values())
    assert all(any(c.get("faults") for c in found) for found in shown.values())


def test_every_hard_clip_is_hard_in_one_way_only():
    assert [c["clip"] for c in CLIPS if len(hard.hard_of(c)) != 1] == []


def test_hard_clips_ask_only_for_what_the_studio_has():
    assert WORLD == "heldout"
    for c in CLIPS:
        assert {f["id"] for f in c.get("faults", [])} <= set(MOVEMENTS[c["movement"]].faults), c["clip"]
        assert set(c.get("picture", {})) <= set(spoil.KINDS), c["clip"]
        assert all(0 <= amount <= 1 for amount in c.get("picture", {}).values()), c["clip"]
        assert c.get("fit", "tight") in FITS, c["clip"]
        assert ("oblique" in hard.hard_of(c)) == (c.get("view") == "oblique"), c["clip"]


@pytest.mark.parametrize("name", ["samples", "bench", "heldout"])
def test_no_clip_of_the_other_lists_is_called_hard(name):
    assert [c["clip"] for c in clip.load_set(name)[1] if hard.hard_of(c)] == []


def test_baggy_is_looser_than_loose_in_every_way():
    loose, baggy = cut("loose"), cut("baggy")
    assert all(baggy[key] > value for key, value in loose.items())


# Truth --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def body_data() -> Path:
    """Return the body file; it is made only on request, as in CI."""
    path = build_body.body_path()
    if not path.is_file() and not os.environ.get("FORMCHECK_CI"):
        pytest.skip("no body file on this machine: python -m studio build-body makes it")
    return build_body.body_file()


SHORT = {"movement": "hamstring_hinge_standing", "side": "right", "yaw": 5, "tempo": 0.25, "seed": 15002, "clip": "x"}


def short(**changes) -> film.Film:
    return film.Film({**SHORT, **changes}, WORLD)


@pytest.fixture(scope="module", autouse=True)
def few_frames() -> Iterator[None]:
    """Placing a frame is what takes time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(film, "FPS", 4)
        yield


@pytest.fixture(scope="module")
def plain(body_data) -> film.Film:
    return short()


def places(card: dict) -> np.ndarray:
    """Return every joint of every frame in the picture, (frames, joints, 2) px."""
    return np.array(list(card["frames"]["joints_px"].values())).swapaxes(0, 1)


def test_far_away_the_truth_shrinks_with_the_picture(plain):
    near, far = plain.sidecar(), short(picture={"far": 1.0}).sidecar()
    assert far["hard"] == {"far": 1.0}
    assert far["camera"]["distance_m"] == pytest.approx(near["camera"]["distance_m"] / 0.4, abs=0.02)
    size = {name: np.ptp(places(card), axis=1) for name, card in (("near", near), ("far", far))}
    assert np.median(size["far"][:, 1] / size["near"][:, 1]) == pytest.approx(0.4, abs=0.02)
    assert far["frames"]["angles_deg"]["knee_right"] == near["frames"]["angles_deg"]["knee_right"]
    assert far["frames"]["back_curve_sag_pct"] == near["frames"]["back_curve_sag_pct"]


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": {"dim": 1.0}},
        {"fit": "baggy"},
        {"clothes": {"hairstyle": "long"}},
        {"second_person": {"posture": "standing", "column": 0.2}},
        {"in_front": {"kind": "arm", "share": 0.5}},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_is_hard_to_see_changes_nothing_of_the_truth(plain, changes):
    before, after = plain.sidecar(), short(**changes).sidecar()
    assert "hard" not in before
    assert after["hard"] == hard.hard_of(changes)
    assert len(after["hard"]) == 1
    different = {key for key in before if before[key] != after[key]}
    assert different <= {"clothing"}


def test_a_second_person_is_behind_in_the_column_asked_for(plain):
    shown = short(second_person={"posture": "standing", "column": 0.2})
    depth = shown.camera.eye - shown.camera.target
    depth /= np.linalg.norm(depth)
    person = max(-(j @ depth) for p in shown.placed for j in p.joints.values())
    for t in (0.0, 1.0, 2.0):
        v = np.concatenate([m["v"] for m in shown.bystander.meshes(t)])
        px = shown.camera.project(v)
        assert np.median(px[:, 0]) == pytest.approx(0.2 * WIDTH, abs=0.04 * WIDTH)
        assert ((px >= 0) & (px < [WIDTH, HEIGHT])).all(1).mean() > 0.8
        assert (-(v @ depth)).min() > person
        assert v[:, 2].min() == pytest.approx(0.0, abs=0.02)


def test_a_second_person_moves_and_repeats_for_the_same_seed(plain):
    second = {"posture": "sitting", "column": 0.8}
    one, same, other = (short(second_person=second, seed=s).bystander for s in (15002, 15002, 15003))
    at = {t: one.meshes(t)[0]["v"] for t in (0.0, 2.0)}
    assert (at[0.0] == same.meshes(0.0)[0]["v"]).all()
    assert one.body.params != other.body.params
    moved = np.linalg.norm(at[2.0] - at[0.0], axis=1)
    assert 0.005 < moved.max() < 0.5


@pytest.mark.parametrize("kind", ["arm", "post"])
def test_what_stands_in_front_covers_the_back_and_touches_nobody(plain, kind):
    shown = short(in_front={"kind": kind, "share": 0.5})
    added = shown.room[len(plain.room) :]
    held = [p for p in shown.placed if p.step.phase == "hold"]
    place = hard.back_place(shown.body, held[len(held) // 2], shown.near, 0.5)
    assert any(inside(shown.camera.project(part["v"]), shown.camera.project(place)[0]) for part in added)
    sign = np.sign(shown.camera.eye[1])
    nearest = max(sign * j[1] for p in shown.placed for j in p.joints.values())
    assert min((sign * part["v"][:, 1]).min() for part in added) > nearest + 0.1
    assert all((sign * part["v"][:, 1]).max() < sign * shown.camera.eye[1] - 0.5 for part in added)


def inside(corners: np.ndarray, point: np.ndarray) -> bool:
    """Whether a point lies in the convex hull of projected corners."""
    hull = cv2.convexHull(corners.astype(np.float32))
    return bool(cv2.pointPolygonTest(hull, tuple(float(x) for x in point), measureDist=False) >= 0)


def test_the_covered_place_lies_between_hip_and_shoulder(plain):
    upright = plain.placed[0]
    low, middle, high = (hard.back_place(plain.body, upright, "R", share) for share in (0.0, 0.5, 1.0))
    assert low[2] == pytest.approx(upright.joints["hipR"][2], abs=0.05)
    assert high[2] == pytest.approx(upright.joints["shoulderR"][2], abs=0.05)
    assert middle[0] < upright.joints["spine03"][0] - 0.02  # behind the spine: the person faces +x
    assert STATIONS % 2 == 1  # share 0.5 is a station


def test_an_oblique_hard_clip_leaves_the_back_to_nobody(body_data):
    oblique = short(yaw=40, view="oblique", hard={"oblique": 40}).sidecar()
    assert oblique["hard"] == {"oblique": 40}
    assert "back_rounding" in oblique["expect_cannot_tell"]


# Faces --------------------------------------------------------------------------------------------------------------

PLACES = {"nose": (0.115, 0.0, 0.003), "chin": (0.09, 0.0, -0.06), "eye": (0.09, 0.03, 0.041), "ear": (0.0, 0.08, 0.03)}
"""Places on a head against its joint: forwards, to the side, up, metres."""


@pytest.mark.parametrize(
    ("face", "hides"),
    [("open", set()), ("mask", {"nose", "chin"}), ("scarf", {"chin", "ear"}), ("hair", {"ear"})],
)
def test_a_face_is_hidden_where_its_cover_lies(face, hides):
    head = np.array([0.02, 0.0, 1.6])
    body = SimpleNamespace(rest=head + np.array(list(PLACES.values())), rest_joint=lambda _: head, scale=1.0)
    assert {name for name, hidden in zip(PLACES, covered(face, body), strict=True) if hidden} == hides
