"""The doctor shows what is missing and the command that installs it."""

from __future__ import annotations

import subprocess

import pytest

from formcheck.apps.cli import doctor
from formcheck.apps.cli.doctor import Check
from formcheck.core.errors import BackendError
from formcheck.sources.pose import engine
from formcheck.sources.pose.engine import ENGINES
from formcheck.sources.pose.models import PoseModel


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
    monkeypatch.setattr(doctor, "_can_load", lambda library: False)
    _only(monkeypatch, manager)
    check = doctor.check_system_libraries()
    assert check.status == "missing"
    assert check.found == "libEGL.so.1, libGLESv2.so.2, libGL.so.1, libglib-2.0.so.0, libgthread-2.0.so.0"
    assert check.install == line


def test_only_what_is_missing_is_installed(on_linux, monkeypatch):
    monkeypatch.setattr(doctor, "_can_load", lambda library: library != "libGLESv2.so.2")
    _only(monkeypatch, "apt-get")
    assert doctor.check_system_libraries() == Check(
        "system libraries", "missing", "libGLESv2.so.2", "sudo apt-get install -y libgles2"
    )


def test_unknown_package_manager_still_says_what_to_look_for(on_linux, monkeypatch):
    _only(monkeypatch, "none")
    assert doctor.install_line(["libEGL.so.1"]) == "install the system packages that contain libEGL.so.1"


def test_root_needs_no_sudo(on_linux, monkeypatch):
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 0, raising=False)
    _only(monkeypatch, "apt-get")
    assert doctor.install_line(["libGL.so.1"]) == "apt-get install -y libgl1"


def test_library_that_does_not_exist_does_not_load():
    assert not doctor._can_load("libformcheck-is-not-a-library.so.0")


@pytest.mark.parametrize(("version", "status"), [((3, 10), "missing"), ((3, 11), "ok"), ((3, 14), "ok")])
def test_python_must_be_new_enough(version, status):
    assert doctor.check_python(version).status == status


def test_second_opencv_is_found_out(monkeypatch):
    monkeypatch.setattr(doctor, "_find_version", lambda name: "5.0" if name == "opencv-python" else None)
    check = doctor.check_opencv()
    assert check.status == "missing"
    assert check.found == "opencv-python overwrites the one MediaPipe needs"
    assert "pip uninstall -y opencv-python && " in check.install


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch):
    """Return a function that says which engines are installed on this machine."""

    def install(*engines: str) -> None:
        monkeypatch.setattr(engine, "is_installed", lambda name: name in engines)
        monkeypatch.setattr(doctor, "is_installed", lambda name: name in engines)
        monkeypatch.setattr(doctor, "find_runtime_version", lambda name: f"{name.title()} 1.0")

    return install


def _ran(monkeypatch: pytest.MonkeyPatch, code: int, said: str = "") -> list[str]:
    """Let every process of the doctor end so; return what was run."""
    ran: list[str] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command[-1])
        return subprocess.CompletedProcess(command, code, "", said)

    monkeypatch.setattr(doctor.subprocess, "run", run)
    return ran


@pytest.mark.parametrize(
    ("there", "found", "imported"),
    [
        (ENGINES, "direct (Direct 1.0): fast, small, and nothing leaves this machine", "ai_edge_litert"),
        (("openvino", "mediapipe"), "openvino (Openvino 1.0): LiteRT has no package for this machine", "openvino"),
        (
            ("mediapipe",),
            (
                "mediapipe (Mediapipe 1.0): neither LiteRT nor OpenVINO has a package for this machine; "
                "it would send usage data to its vendor; formcheck blocks that, see docs/privacy.md"
            ),
            "mediapipe.tasks",
        ),
    ],
    ids=["all", "no LiteRT", "MediaPipe only"],
)
def test_engine_that_is_used_is_named_with_its_reason(installed, monkeypatch, there, found, imported):
    installed(*there)
    ran = _ran(monkeypatch, 0)
    assert doctor.check_engine() == Check("pose engine", "ok", found)
    assert imported in ran[0]


@pytest.mark.parametrize(
    ("name", "package"), [("direct", "ai-edge-litert"), ("openvino", "openvino"), ("mediapipe", "mediapipe")]
)
def test_engine_that_cannot_be_loaded_says_why(installed, monkeypatch, name, package):
    installed(name)
    _ran(monkeypatch, 1, "Traceback\nImportError: libGL.so.1: cannot open shared object file\n")
    check = doctor.check_engine()
    assert check.status == "missing"
    assert check.found.endswith("cannot be loaded: ImportError: libGL.so.1: cannot open shared object file")
    assert check.install.endswith(f"-m pip install --force-reinstall --no-deps {package}")


def test_engine_that_crashes_says_how_it_ended(installed, monkeypatch):
    installed("direct")
    _ran(monkeypatch, -4)
    assert doctor.check_engine().found == "direct (Direct 1.0) cannot be loaded: exit code -4"


def test_without_any_engine_the_line_installs_formcheck(installed):
    installed()
    check = doctor.check_engine()
    assert (check.status, check.found) == ("missing", "none is installed")
    assert check.install.endswith("-m pip install formcheck")
    assert doctor.check_other_engines() == Check("other engines", "ok", "none")


def test_other_engines_are_listed(installed):
    installed(*ENGINES)
    found = "openvino (Openvino 1.0), mediapipe (Mediapipe 1.0); `batch` uses openvino for 10 recordings and more"
    assert doctor.check_other_engines() == Check("other engines", "ok", found)


def test_faster_engine_is_offered_where_it_is_absent(installed):
    installed("direct", "mediapipe")
    check = doctor.check_other_engines()
    assert check.status == "optional"
    assert check.found == "mediapipe (Mediapipe 1.0); OpenVINO would make `batch` faster"
    assert check.install.endswith("-m pip install 'formcheck[fast]'")


def test_pose_model_that_cannot_be_fetched_says_what_to_do(monkeypatch):
    def offline() -> None:
        raise BackendError("pose model 'full' is not on this machine; connect to the network once")

    monkeypatch.setattr(doctor, "find_pose_model", offline)
    found = "'full' is not on this machine; connect to the network once"
    assert doctor.check_pose_model() == Check("pose model", "missing", found)


def test_pose_model_is_named_with_its_hash_and_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path))
    monkeypatch.setattr(doctor, "find_pose_model", lambda: PoseModel("full", "0123456789ab" + "c" * 52, b"", b""))
    assert doctor.check_pose_model() == Check("pose model", "ok", f"full, sha256 0123456789ab…, {tmp_path}")


@pytest.mark.parametrize("blocked", ["check_system_libraries", "check_opencv", "check_engine"])
def test_pose_model_waits_for_the_lines_above(monkeypatch, blocked):
    for name in ("check_system_libraries", "check_opencv", "check_engine"):
        check = Check(name, "missing" if name == blocked else "ok", "")
        monkeypatch.setattr(doctor, name, lambda check=check: check)
    monkeypatch.setattr(doctor, "find_pose_model", lambda: pytest.fail("must not be fetched yet"))
    found = {check.name: check for check in doctor.run_checks()}
    assert found["pose model"] == Check("pose model", "missing", "not checked; solve the problems above")


def test_command_line_works_without_the_app(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    check = doctor.check_app()
    assert check.status == "optional"
    assert check.install.endswith("-m pip install 'formcheck[app]'")


def test_a_read_only_folder_is_fine_once_the_model_is_there(tmp_path, monkeypatch):
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
