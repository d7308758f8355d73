"""A second machine of the home network: nothing without the key, and at the phone's door nothing at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("streamlit")
pytest.importorskip("segno")

pytestmark = pytest.mark.slow

TWO_MACHINES = Path(__file__).with_name("two_machines.py")
ALONE = ["unshare", "--net", "--mount"]
REFUSED = {403, "InvalidStatus"}
"""What a page and a socket answer to someone who is not let in."""


@pytest.fixture(scope="module")
def came(tmp_path_factory):
    """Return what came of every request from the other machine."""
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        pytest.skip("needs ip and unshare")
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own is allowed here")
    command = [*ALONE, sys.executable, str(TWO_MACHINES), str(tmp_path_factory.mktemp("two"))]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_app_of_one_machine_cannot_be_reached_at_all(came):
    alone = came["alone"]
    assert set(alone["stranger"].values()) | set(alone["owner"].values()) == {"ConnectionRefusedError"}
    assert alone["said"][0].startswith("formcheck is open at http://127.0.0.1:")


def test_stranger_of_the_network_gets_nothing(came):
    assert set(came["open"]["stranger"].values()) == REFUSED


def test_owner_of_the_network_comes_in(came):
    assert set(came["open"]["owner"].values()) == {200, "open"}
    assert came["open"]["said"][0].startswith("formcheck is open at https://")


@pytest.mark.parametrize("case", ["alone", "open"])
def test_door_of_the_phone_opens_to_nobody_without_a_code(came, case):
    assert came[case]["door"].startswith("https://10.77.0.1:")
    assert set(came[case]["at the door"].values()) == REFUSED
