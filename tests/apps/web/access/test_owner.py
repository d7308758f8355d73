"""The owner's secret: kept for this user alone, the same after a restart, renewed when it is old."""

from __future__ import annotations

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from formcheck.apps.web.access.owner import KEY_FILE, RENEW_AFTER_S, OwnerKey, is_same_secret, load_owner_key

posix = pytest.mark.skipif(os.name != "posix", reason="rights of files as on Linux and macOS")


def test_secret_survives_a_restart(tmp_path):
    first = load_owner_key(tmp_path / "data")
    again = load_owner_key(tmp_path / "data")
    assert again.key == first.key
    assert again.is_owner({first.cookie_name: first.cookie_value})
    assert len(first.key) >= 43


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_this_user_can_read_the_secret(tmp_path, mask):
    before = os.umask(mask)
    try:
        load_owner_key(tmp_path / "data")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("rights", [0o644, 0o640, 0o660])
def test_secret_that_others_could_read_is_made_again(tmp_path, rights):
    first = load_owner_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(rights)
    again = load_owner_key(tmp_path)
    assert again.key != first.key
    assert not again.is_owner({first.cookie_name: first.cookie_value})
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@posix
def test_secret_behind_a_link_is_not_used(tmp_path):
    other = tmp_path / "other"
    key = load_owner_key(other).key
    (tmp_path / KEY_FILE).symlink_to(other / KEY_FILE)
    assert load_owner_key(tmp_path).key != key
    assert not (tmp_path / KEY_FILE).is_symlink()
    assert load_owner_key(other).key == key


def test_old_secret_is_renewed(tmp_path):
    first = load_owner_key(tmp_path)
    old_s = time.time() - RENEW_AFTER_S - 60
    os.utime(tmp_path / KEY_FILE, (old_s, old_s))
    second = load_owner_key(tmp_path)
    assert second.key != first.key
    assert load_owner_key(tmp_path).key == second.key


@pytest.mark.parametrize("content", [b"x", b"\xff" * 43, b"k" * 10_000])
def test_broken_secret_is_made_again(tmp_path, content):
    (tmp_path / KEY_FILE).write_bytes(content)
    (tmp_path / KEY_FILE).chmod(0o600)
    first = load_owner_key(tmp_path)
    assert load_owner_key(tmp_path).key == first.key
    assert first.key.encode() != content


def test_secret_that_was_never_written_does_not_stop_the_app(tmp_path):
    (tmp_path / KEY_FILE).touch(0o600)
    assert load_owner_key(tmp_path).key


def test_apps_that_start_at_once_share_one_secret(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_owner_key(tmp_path / "data").key, range(8)))
    assert len(keys) == 1


def test_app_starts_where_nothing_can_be_kept(tmp_path):
    (tmp_path / "data").write_text("no folder")
    first, second = (load_owner_key(tmp_path / "data") for _ in range(2))
    assert first.key != second.key


def test_two_apps_of_one_browser_have_cookies_of_their_own():
    first, second = OwnerKey("a" * 43), OwnerKey("b" * 43)
    assert first.cookie_name != second.cookie_name
    assert not second.is_owner({second.cookie_name: first.cookie_value})


@pytest.mark.parametrize(
    ("one", "other", "same"), [("a", "a", True), ("a", "b", False), ("", "a", False), ("é", "é", True)]
)
def test_secrets_are_compared_as_wholes(one, other, same):
    assert is_same_secret(one, other) is same
