"""What is kept about a person can be read by this user alone, also where it was open before."""

from __future__ import annotations

import os

import pytest

from formcheck.core.calibration import Calibration
from formcheck.drivers import user_data
from formcheck.drivers.results_store import find_results_dir, open_new_result

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no such rights")


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "home" / "data"
    monkeypatch.setenv("FORMCHECK_DATA", str(folder))
    return folder


def rights(path):
    return path.stat().st_mode & 0o777


def keep():
    user_data.keep_calibration(Calibration(neutral={"standing": [0.0] * 33}))


def test_calibration_is_readable_for_this_user_only(data):
    keep()
    assert (rights(data), rights(data / "calibration.json")) == (0o700, 0o600)
    assert user_data.load_kept_calibration() is not None


def test_wider_rights_are_taken_away_when_something_is_written(data):
    data.mkdir(parents=True)
    data.chmod(0o755)
    (data / "calibration.json").write_text("{}")
    (data / "calibration.json").chmod(0o644)
    keep()
    assert (rights(data), rights(data / "calibration.json")) == (0o700, 0o600)


def test_wider_rights_are_taken_away_at_the_start_of_the_app(data):
    data.mkdir(parents=True)
    data.chmod(0o777)
    for name in ("calibration.json", "screening.json", "screening.broken.json"):
        (data / name).write_text("{}")
        (data / name).chmod(0o664)
    user_data.protect_user_data()
    assert rights(data) == 0o700
    assert {rights(path) for path in data.iterdir()} == {0o600}


def test_link_in_the_data_folder_keeps_the_rights_of_its_target(data, tmp_path):
    data.mkdir(parents=True)
    (tmp_path / "shared.json").write_text("{}")
    (tmp_path / "shared.json").chmod(0o644)
    (data / "calibration.json").symlink_to(tmp_path / "shared.json")
    user_data.protect_user_data()
    assert rights(tmp_path / "shared.json") == 0o644


def test_start_without_a_data_folder_makes_none(data):
    user_data.protect_user_data()
    assert not data.exists()


def test_results_of_the_app_are_closed_to_others(results):
    results.chmod(0o755)
    with open_new_result("a" * 32, recording="r.mp4", movement="m") as folder:
        assert rights(folder) == 0o700
    assert rights(find_results_dir()) == 0o700
    assert rights(results / ("a" * 32)) == 0o700
