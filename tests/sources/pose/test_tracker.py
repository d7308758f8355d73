"""The state of the direct engine: the next region, what it forgets, and what its filters store."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.sources.pose.crop import Region
from formcheck.sources.pose.engine import DirectLooks
from formcheck.sources.pose.tracker import Detection, LowPassFilter, OneEuroFilter, Tracker, choose_region

from .figures import ColourNetworks, middle_x, picture

RED, GREEN, NOBODY = picture(red=(40, 40)), picture(green=(200, 70)), picture()
BOTH = picture(red=(40, 40), green=(200, 70))


class Networks(ColourNetworks):
    """Sees coloured figures, and what the test makes it see instead.

    Attributes
    ----------
    presence, visibility_logit, circle : replace what it sees; None = it is left as it is.
    """

    def __init__(self):
        super().__init__()
        self.presence = self.visibility_logit = self.circle = None

    def find_landmarks(self, crop, *, mask):
        seen = super().find_landmarks(crop, mask=mask)
        points = seen.points.reshape(39, 5)
        if self.visibility_logit is not None:
            points[:, 3] = self.visibility_logit
        if self.circle is not None:
            points[33:35, :2] = self.circle
        if self.presence is not None:
            seen = replace(seen, presence=np.full((1, 1), self.presence, np.float32))
        return seen


@pytest.fixture
def networks():
    return Networks()


@pytest.fixture
def tracker(networks):
    return Tracker(networks)


# Looking --------------------------------------------------------------------------------------------------------------


def test_detector_is_only_asked_until_a_person_is_found(tracker, networks):
    assert tracker.look(NOBODY, 0.0) is None
    assert tracker.look(NOBODY, 0.1) is None
    assert [tracker.look(RED, 0.2 + k / 10) is not None for k in range(3)] == [True] * 3
    assert networks.runs == ["detector"] * 3 + ["landmarks"] * 3


def test_first_look_is_given_as_the_network_saw_it(tracker):
    found = tracker.look(RED, 0.0)
    assert middle_x(found) == pytest.approx(59.5, abs=0.6)
    np.testing.assert_allclose(found.visibility, 0.9, atol=1e-6)
    on_picture = found.silhouette.on_picture(320, 240) > 0.5
    assert (on_picture != (RED[..., 0] > 128)).sum() < 160  # within half a pixel along the outline


def test_next_region_is_not_smoothed(tracker, networks):
    tracker.look(RED, 0.0)
    networks.circle = [(140, 120), (140, 20)]
    found = tracker.look(RED, 0.1)
    assert found.region.placement(256).scale * 256 == pytest.approx(2.5 * math.hypot(0, 100) * 125 / 256, rel=0.02)
    crop = tracker._seen_in[1]
    place = crop.placement(256).to_picture(np.array([140.0, 120.0]))
    assert (found.region.x, found.region.y) == pytest.approx(tuple(place))


def test_landmarks_of_a_film_are_steadied(tracker):
    tracker.look(RED, 0.0)
    moved = middle_x(tracker.look(picture(red=(42, 40)), 1 / 30))
    assert 59.5 < moved < 61.5


def test_each_kind_of_number_has_its_own_filter(tracker, networks):
    places, world, visibility = OneEuroFilter(0.05, 80.0), OneEuroFilter(0.1, 40.0), LowPassFilter(0.1)
    region = tracker.detect(RED)[0].region
    for k in range(5):
        image, time_s = picture(red=(40 + 2 * k * k, 40)), k / 10
        networks.visibility_logit, networks.circle = k - 2.0, [(128, 128), (128, 40 - 10 * k)]
        raw = tracker.look_at(image, region)
        found = tracker.look(image, time_s)
        region = raw.region
        # speeds in the picture are measured in sides of the next region
        np.testing.assert_array_equal(found.xy_px, places.smooth(raw.xy_px, time_s, scale=region.side_px))
        np.testing.assert_array_equal(found.xyz_m, world.smooth(raw.xyz_m, time_s))
        np.testing.assert_array_equal(found.visibility, visibility.smooth(raw.visibility))
        assert found.region == region


def test_without_a_mask_nothing_else_changes(networks):
    with_mask, without = Tracker(networks), Tracker(networks)
    for k in range(3):
        image = picture(red=(40 + 5 * k, 40))
        one, two = with_mask.look(image, k / 10), without.look(image, k / 10, mask=False)
        for name in ("xy_px", "xyz_m", "visibility"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        assert (one.silhouette is not None, two.silhouette, one.region) == (True, None, two.region)
    assert networks.runs[-2:] == ["landmarks", "landmarks without mask"]


def test_most_certain_person_is_taken():
    sure, unsure = Detection(0.9, Region(1, 1, 10, 0)), Detection(0.8, Region(2, 2, 10, 0))
    assert choose_region([sure, unsure]) == sure.region
    assert choose_region([]) is None


# Losing ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["no presence", "no circle", "a circle that is not one", "asked to forget"])
def test_after_a_loss_the_whole_picture_is_searched(tracker, networks, lost):
    tracker.look(RED, 0.0)
    if lost == "asked to forget":
        tracker.forget()
    else:
        networks.presence = 0.4 if lost == "no presence" else None
        circle = {"no circle": [(128, 128), (128, 128)], "a circle that is not one": [(np.nan, 128), (128, 0)]}
        networks.circle = circle.get(lost)
        with np.errstate(invalid="ignore"):
            assert tracker.look(RED, 0.1) is None
    networks.presence = networks.circle = None
    networks.runs.clear()
    assert tracker.look_in_mirror() is None
    assert tracker.look(GREEN, 0.2) is not None
    assert networks.runs == ["detector", "landmarks"]


def test_after_a_loss_places_begin_afresh_and_visibility_goes_on(tracker, networks):
    networks.visibility_logit = 100.0
    tracker.look(RED, 0.0)
    tracker.forget()
    networks.visibility_logit = -100.0
    again = tracker.look(picture(red=(80, 40)), 0.1)
    assert middle_x(again) == pytest.approx(99.5, abs=0.6)
    # as in the reference graph: a tenth of the way from 1 to 0
    np.testing.assert_allclose(again.visibility, 0.9, atol=1e-6)


# Following another ----------------------------------------------------------------------------------------------------


def test_person_who_is_named_is_followed_as_a_person_new(tracker, networks):
    networks.visibility_logit = 100.0
    tracker.look(GREEN, 0.0)
    networks.visibility_logit = -100.0
    red = tracker.look_at(BOTH, Region(60, 110, 125, 0))
    networks.runs.clear()
    tracker.follow(red)
    assert tracker.look_in_mirror() is None
    found = tracker.look(BOTH, 0.1)
    assert networks.runs == ["landmarks"]
    assert middle_x(found) == pytest.approx(59.5, abs=0.6)
    np.testing.assert_allclose(found.visibility, 0.0, atol=1e-6)


def test_look_at_a_region_is_not_remembered(tracker, networks):
    tracker.look(GREEN, 0.0)
    assert middle_x(tracker.look_at(BOTH, Region(60, 110, 125, 0))) == pytest.approx(59.5, abs=0.6)
    networks.runs.clear()
    assert middle_x(tracker.look(BOTH, 0.1)) == pytest.approx(234.5, abs=0.6)
    assert networks.runs == ["landmarks"]


# The mirror -----------------------------------------------------------------------------------------------------------


def test_before_any_look_there_is_nothing_in_the_mirror(tracker, networks):
    assert tracker.look_in_mirror() is None
    assert networks.runs == []


def test_mirror_shows_the_crop_of_the_last_look(tracker, networks):
    found = tracker.look(RED, 0.0)
    back = tracker.look_in_mirror()
    assert networks.runs[-1] == "landmarks without mask"
    trunk = [11, 12, 23, 24]
    np.testing.assert_allclose(back.xy_px[trunk], found.xy_px[trunk], atol=0.51)
    assert back.silhouette is None


def test_look_in_the_mirror_changes_nothing(networks):
    plain, looking = Tracker(networks), Tracker(networks)
    for k in range(4):
        image = picture(red=(40 + 5 * k, 40))
        one, two = plain.look(image, k / 10), looking.look(image, k / 10)
        looking.look_in_mirror()
        np.testing.assert_array_equal(one.xy_px, two.xy_px)


# Looks of one recording -----------------------------------------------------------------------------------------------


def test_other_person_is_found_besides_the_first(networks):
    looks = DirectLooks(networks)
    green = looks.follow(BOTH, 0.0)
    red = looks.search(BOTH, green)
    assert (middle_x(green), middle_x(red)) == pytest.approx((234.5, 59.5), abs=0.6)
    assert looks.search(GREEN, green) is None
    assert middle_x(looks.follow(BOTH, 0.1)) == pytest.approx(234.5, abs=0.6)


def test_switch_gives_the_person_as_found(networks):
    looks = DirectLooks(networks)
    green = looks.follow(BOTH, 0.0)
    red = looks.search(BOTH, green)
    assert looks.switch(BOTH, 0.0, to=red, besides=green) is red
    assert looks.mirror(BOTH, red) is None  # not seen in a crop of this picture yet
    assert middle_x(looks.follow(BOTH, 0.1)) == pytest.approx(59.5, abs=0.6)


def test_recordings_share_networks_and_nothing_else(networks):
    one, two = DirectLooks(networks), DirectLooks(networks)
    alone = [middle_x(DirectLooks(networks).follow(image, 0.0)) for image in (RED, GREEN)]
    assert [middle_x(one.follow(RED, 0.0)), middle_x(two.follow(GREEN, 0.0))] == alone
    assert [middle_x(one.follow(BOTH, 0.1)), middle_x(two.follow(BOTH, 0.1))] == pytest.approx(alone, abs=0.6)
