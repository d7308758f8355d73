"""The doctor: says what is missing and the line that installs it."""

from __future__ import annotations

import subprocess

import pytest

from formcheck.apps import doctor
from formcheck.apps.doctor import Check
from formcheck.core.errors import BackendError


@pytest.fixture
def on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000, raising=False)


def _only(monkeypatch: pytest.MonkeyPatch, manager: str) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/usr/bin/{name}" if name == manager else None)


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        ("apt-get", "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"),
        ("dnf", "sudo dnf install -y libglvnd-egl libglvnd-gles libglvnd-glx glib2"),
        ("pacman", "sudo pacman -S --needed libglvnd glib2"),
        ("apk", "sudo apk add mesa-egl mesa-gles mesa-gl glib"),
    ],
)
def test_bare_linux_gets_the_line_of_its_package_manager(on_linux, monkeypatch, manager, line):
    monkeypatch.setattr(doctor, "_loads", lambda library: False)
    _only(monkeypatch, manager)
    check = doctor.check_system_libraries()
    assert check.status == "missing"
    assert check.found == "libEGL.so.1, libGLESv2.so.2, libGL.so.1, libglib-2.0.so.0, libgthread-2.0.so.0"
    assert check.install == line


def test_only_what_is_missing_is_installed(on_linux, monkeypatch):
    monkeypatch.setattr(doctor, "_loads", lambda library: library != "libGLESv2.so.2")
    _only(monkeypatch, "apt-get")
    assert doctor.check_system_libraries() == Check(
        "system libraries", "missing", "libGLESv2.so.2", "sudo apt-get install -y libgles2"
    )


def test_unknown_package_manager_still_says_what_to_look_for(on_linux, monkeypatch):
    _only(monkeypatch, "none")
    assert doctor.install_line(["libEGL.so.1"]) == "install the packages of your system that hold libEGL.so.1"


def test_root_needs_no_sudo(on_linux, monkeypatch):
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 0, raising=False)
    _only(monkeypatch, "apt-get")
    assert doctor.install_line(["libGL.so.1"]) == "apt-get install -y libgl1"


def test_library_that_does_not_exist_does_not_load():
    assert not doctor._loads("libformcheck-is-not-a-library.so.0")


@pytest.mark.parametrize(("version", "status"), [((3, 10), "missing"), ((3, 11), "ok"), ((3, 14), "ok")])
def test_python_must_be_new_enough(version, status):
    assert doctor.check_python(version).status == status


def test_second_opencv_is_found_out(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: "5.0" if name == "opencv-python" else None)
    check = doctor.check_opencv()
    assert check.status == "missing"
    assert check.found == "opencv-python overwrites the one MediaPipe needs"
    assert "pip uninstall -y opencv-python && " in check.install


def test_mediapipe_that_cannot_be_loaded_says_why(monkeypatch):
    said = "Traceback\nImportError: libGL.so.1: cannot open shared object file\n"
    monkeypatch.setattr(doctor.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess([], 1, "", said))
    assert doctor.check_mediapipe().found.endswith(
        "cannot be loaded: ImportError: libGL.so.1: cannot open shared object file"
    )


def test_pose_model_that_cannot_be_prepared_says_what_to_do(monkeypatch):
    def offline(model: str) -> None:
        raise BackendError("connect to the network once")

    monkeypatch.setattr(doctor, "find_pose_bundle", offline)
    assert doctor.check_pose_model() == Check("pose model", "missing", "connect to the network once")


def test_pose_model_waits_for_the_libraries_it_needs(monkeypatch):
    monkeypatch.setattr(doctor, "check_system_libraries", lambda: Check("system libraries", "missing", "libEGL.so.1"))
    monkeypatch.setattr(doctor, "check_mediapipe", lambda: Check("MediaPipe", "ok", "1"))
    monkeypatch.setattr(doctor, "find_pose_bundle", lambda model: pytest.fail("must not be prepared yet"))
    found = {check.name: check for check in doctor.run_checks()}
    assert found["pose model"].status == "missing"
    assert found["pose model"].found == "waits for the lines above"


def test_command_line_works_without_the_app(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    check = doctor.check_app()
    assert check.status == "optional"
    assert check.install.endswith("-m pip install 'formcheck[app]'")


def test_folder_that_cannot_be_written_is_no_obstacle_once_the_model_is_there(tmp_path, monkeypatch):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("FORMCHECK_MODELS", str(in_the_way / "models"))
    check = doctor.check_cache()
    assert check.status == "optional"
    assert check.install == "set FORMCHECK_MODELS to a folder you can write to"


def test_everything_there_ends_with_ready(capsys):
    assert doctor.print_checks([Check("Python", "ok", "3.12.1"), Check("app", "optional", "no Streamlit")]) == 0
    assert capsys.readouterr().out == "ok        Python: 3.12.1\noptional  app: no Streamlit\nready\n"


def test_something_missing_ends_with_the_count_and_exit_code_1(capsys):
    assert doctor.print_checks([Check("x", "missing", "libGL.so.1", "apt-get install -y libgl1")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "missing   x: libGL.so.1",
        "          apt-get install -y libgl1",
        "not ready: 1 missing, see above",
    ]


@pytest.mark.slow
def test_this_machine_is_ready():
    assert doctor.is_ready(doctor.run_checks()), doctor.run_checks()
