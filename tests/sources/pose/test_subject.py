"""Follow one of several people, and use the mirror look: the same with each runtime, on coloured figures."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.core.errors import SourceError
from formcheck.core.records import N_BACK, Frame
from formcheck.sources.pose.people import Silhouette
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX, MIRROR_EVERY, SCAN_EVERY_S, SubjectPose, reduce_picture

from .figures import GREEN, HEIGHT, RED, WIDTH, follow, leftmost, middle_x, picture

BOTH = picture(red=(40, 40), green=(200, 70))


# One of several -------------------------------------------------------------------------------------------------------


def test_alone_is_one_person(colour_pose):
    with colour_pose() as estimator:
        assert [p.people for p in follow(estimator, [picture(red=(100, 40))] * 3)] == [1, 1, 1]


def test_without_a_rule_the_larger_person_is_followed(colour_pose):
    with colour_pose() as estimator:
        poses = follow(estimator, [BOTH] * 5)
    assert [p.people for p in poses] == [2] * 5
    assert [middle_x(p) for p in poses] == pytest.approx([234.5] * 5, abs=0.6)


def test_chosen_person_is_kept_though_the_other_is_larger(colour_pose):
    # The runtime takes the larger one first; the choice moves its lock to the other, for good.
    with colour_pose(choose=leftmost) as estimator:
        poses = follow(estimator, [BOTH] * 120)  # longer than a scan interval
    assert SCAN_EVERY_S < 120 / 10
    assert [middle_x(p) for p in poses] == pytest.approx([59.5] * 120, abs=0.6)
    assert {p.people for p in poses} == {2}


def test_chosen_one_is_followed_where_he_goes(colour_pose):
    pictures = [picture(red=(40 + 3 * k, 40), green=(20 if k > 20 else 250, 60)) for k in range(45)]
    with colour_pose(choose=leftmost) as estimator:
        poses = follow(estimator, pictures)
    # From k = 21 on the other one stands further left, and is still not taken.
    np.testing.assert_allclose([middle_x(p) for p in poses], [59.5 + 3 * k for k in range(45)], atol=1)


def test_jump_to_the_other_person_is_not_followed(colour_pose):
    with colour_pose(choose=leftmost) as estimator:
        poses = follow(estimator, [BOTH] * 3 + [picture(green=(200, 70))])
    assert [p.seen for p in poses] == [True, True, True, False]


def test_a_person_who_comes_in_later_is_counted_not_taken(colour_pose):
    alone = picture(red=(40, 40))
    with colour_pose(choose=lambda _: pytest.fail("the subject was chosen before")) as estimator:
        poses = follow(estimator, [alone] * 5 + [BOTH] * 115)
    assert (poses[0].people, poses[-1].people) == (1, 2)
    assert [middle_x(p) for p in poses] == pytest.approx([59.5] * 120, abs=0.6)


def test_runtime_that_jumps_is_sent_back(looks):
    with SubjectPose(looks, name="colours", sha256="0" * 64, choose=leftmost) as subject:
        follow(subject, [BOTH] * 2)
        looks.kept = GREEN  # it jumps
        looks.asked.clear()
        pose = subject.estimate(Frame(2, 0.2, BOTH))
    assert looks.asked == ["follow", "search", "switch"]
    assert round(middle_x(pose)) == 60
    assert looks.kept == RED


def test_runtime_that_cannot_be_sent_back_sees_nobody(looks):
    with SubjectPose(looks, name="", sha256="", choose=leftmost) as subject:
        follow(subject, [BOTH] * 2)
        looks.kept = looks.switch_gives = GREEN
        assert not subject.estimate(Frame(2, 0.2, BOTH)).seen


def test_first_choice_that_cannot_be_followed_is_still_given(looks):
    looks.switch_gives = GREEN
    with SubjectPose(looks, name="", sha256="", choose=leftmost) as subject:
        (pose,) = follow(subject, [BOTH])
    assert round(middle_x(pose)) == 60


@pytest.mark.parametrize(("sure", "people"), [(0.59, 1), (0.6, 2)])
def test_second_person_must_be_seen_well(subject, looks, sure, people):
    looks.sure = sure
    assert follow(subject, [BOTH])[0].people == people


def test_jump_is_not_looked_for_while_alone(subject, looks):
    poses = follow(subject, [picture(red=(40, 40)), picture(red=(200, 40))])
    assert [p.seen for p in poses] == [True, True]
    assert looks.asked == ["follow", "search", "mirror", "follow"]


def test_choice_can_be_asked_for_again(looks):
    choices = iter([0, 1])
    with SubjectPose(looks, name="", sha256="", choose=lambda _: next(choices)) as subject:
        first = follow(subject, [BOTH] * 2)
        subject.choose_again()
        second = subject.estimate(Frame(2, 0.2, BOTH))
    assert [round(middle_x(p)) for p in (*first, second)] == [234, 234, 60]


# The one who is pointed at --------------------------------------------------------------------------------------------

RED_AT, GREEN_AT = (60 / WIDTH, 110 / HEIGHT), (235 / WIDTH, 110 / HEIGHT)


def test_person_who_is_pointed_at_is_followed_from_then_on(colour_pose):
    with colour_pose() as estimator:
        before = follow(estimator, [BOTH] * 3)
        estimator.follow_at(*RED_AT)
        after = [estimator.estimate(Frame(k, k / 10, BOTH)) for k in range(3, 120)]
    assert [middle_x(p) for p in before] == pytest.approx([234.5] * 3, abs=0.6)
    assert [middle_x(p) for p in after] == pytest.approx([59.5] * 117, abs=0.6)
    assert estimator.has_switched
    assert {p.people for p in after} == {2}


def test_pointing_at_the_one_who_is_followed_changes_nothing(colour_pose):
    with colour_pose() as estimator:
        follow(estimator, [BOTH])
        estimator.follow_at(*GREEN_AT)
        pose = estimator.estimate(Frame(1, 0.1, BOTH))
    assert middle_x(pose) == pytest.approx(234.5, abs=0.6)
    assert not estimator.has_switched


@pytest.mark.parametrize("shown", [BOTH, picture()], ids=["beside both", "nobody there"])
def test_point_without_a_person_is_an_error(colour_pose, shown):
    with colour_pose() as estimator:
        follow(estimator, [BOTH])
        estimator.follow_at(0.45, 0.95)
        with pytest.raises(SourceError, match=r"a person at 0\.45, 0\.95 of the picture at 0\.1 s, got none; point at"):
            estimator.estimate(Frame(1, 0.1, shown))


def test_person_who_looks_like_another_is_an_error(looks):
    looks.switch_gives = GREEN
    with SubjectPose(looks, name="", sha256="") as subject:
        follow(subject, [BOTH])
        subject.follow_at(*RED_AT)
        with pytest.raises(SourceError, match="looks the same as another"):
            subject.estimate(Frame(1, 0.1, BOTH))


def test_second_person_is_searched_for_every_so_often(subject, looks):
    subject.scan_every_s = 1.0
    follow(subject, [BOTH] * 31)
    assert looks.asked.count("search") == 4


def test_nobody_ends_what_was_known_of_the_people(subject, looks):
    poses = follow(subject, [BOTH, np.zeros_like(BOTH), picture(red=(40, 40))])
    assert [(p.seen, p.people) for p in poses] == [(True, 2), (False, poses[1].people), (True, 1)]
    assert looks.asked.count("search") == 2


def test_closing_frees_the_runtime(subject, looks):
    with subject:
        assert not looks.closed
    assert looks.closed


# Sizes ----------------------------------------------------------------------------------------------------------------


def test_large_pictures_are_reduced_and_poses_given_in_theirs(colour_pose):
    image = np.kron(picture(red=(100, 40)), np.ones((6, 6, 1), np.uint8))
    with colour_pose() as estimator:
        pose = estimator.estimate(Frame(0, 0.0, image))
    assert pose.size_px == (6 * WIDTH, 6 * HEIGHT)
    assert middle_x(pose) == pytest.approx(6 * 120, abs=6)


@pytest.mark.parametrize(
    ("width", "height", "reduced"),
    [(640, 480, (640, 480)), (1280, 720, (640, 360)), (480, 1000, (307, 640)), (9000, 3, (640, 1)), (1, 1, (1, 1))],
)
def test_long_side_is_at_most_640(width, height, reduced):
    small = reduce_picture(np.zeros((height, width, 3), np.uint8))
    assert (small.shape[1], small.shape[0]) == reduced
    assert max(small.shape) <= MAX_PICTURE_SIDE_PX


# The mirrored picture -------------------------------------------------------------------------------------------------


def mirrors(poses):
    return [k for k, pose in enumerate(poses) if pose.mirror is not None]


def test_one_frame_in_so_many_carries_its_mirror_put_back(colour_pose):
    with colour_pose() as estimator:
        poses = follow(estimator, [picture(red=(100, 40))] * (2 * MIRROR_EVERY + 1))
    assert mirrors(poses) == [0, MIRROR_EVERY, 2 * MIRROR_EVERY]
    # a figure that is its own mirror image: the right side of the one is the left side of the other
    trunk = [11, 12, 23, 24]
    np.testing.assert_allclose(poses[0].mirror.xy_px[trunk], poses[0].xy_px[trunk], atol=1.01)


def test_mirror_is_in_pixels_of_the_source(colour_pose):
    with colour_pose(size_px=(2 * WIDTH, 2 * HEIGHT)) as estimator:
        (pose,) = follow(estimator, [picture(red=(40, 40))])
    assert middle_x(pose) == pytest.approx(2 * 59.5, abs=1)
    assert middle_x(pose.mirror) == pytest.approx(2 * 60, abs=2)


def test_photograph_carries_its_mirror(colour_pose):
    with colour_pose(still=True) as estimator:
        assert estimator.estimate(Frame(0, 0.0, picture(red=(100, 40)))).mirror is not None


def test_where_two_people_are_in_view_the_mirror_is_left_out(colour_pose):
    with colour_pose() as estimator:
        assert mirrors(follow(estimator, [BOTH] * 20)) == []


def test_another_person_in_the_mirror_is_refused(subject, looks):
    alone = picture(red=(40, 40))
    poses = follow(subject, [alone])  # alone at the scan: the other one comes in unnoticed
    looks.mirror_sees = GREEN
    poses += [subject.estimate(Frame(k, k / 10, BOTH)) for k in range(1, MIRROR_EVERY + 1)]
    looks.mirror_sees = None
    # A look that was refused is not repeated at once.
    poses += [subject.estimate(Frame(k, k / 10, alone)) for k in range(MIRROR_EVERY + 1, 4 * MIRROR_EVERY)]
    assert mirrors(poses)[:2] == [0, 3 * MIRROR_EVERY]


# The back -------------------------------------------------------------------------------------------------------------


def test_contour_is_traced_in_the_silhouette(subject):
    traced = []

    def trace(silhouette, axis, size):
        traced.append(size)
        assert isinstance(silhouette, Silhouette)
        return np.tile(axis.hip, (N_BACK, 1))

    subject.trace = trace
    pose = subject.estimate(Frame(0, 0.0, picture(red=(100, 40))))
    assert traced == [(WIDTH, HEIGHT)]
    np.testing.assert_allclose(pose.back_xy_px, np.tile(pose.xy_px[[23, 24]].mean(axis=0), (N_BACK, 1)), atol=1e-3)
