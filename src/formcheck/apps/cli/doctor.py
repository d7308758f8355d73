"""Check what is missing on this machine, and name the command that installs it.

Every check is a plain function that returns a `Check`; only `print_checks` prints. The pose model is prepared here
if it is missing: there is no other advice to give.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from formcheck.core.errors import BackendError
from formcheck.sources.pose.engine import (
    ENGINES,
    LONG_WORK_RECORDINGS,
    EngineName,
    choose_engine,
    find_runtime_version,
    is_installed,
)
from formcheck.sources.pose.models import find_models_dir, find_pose_model

FindingStatus = Literal["ok", "missing", "optional"]

OLDEST_PYTHON = (3, 11)

SYSTEM_LIBRARIES: dict[str, dict[str, str]] = {
    # Debian, Ubuntu (apt-get) · Fedora (dnf) · Arch (pacman) · Alpine (apk)
    "libEGL.so.1": {"apt-get": "libegl1", "dnf": "libglvnd-egl", "pacman": "libglvnd", "apk": "mesa-egl"},
    "libGLESv2.so.2": {"apt-get": "libgles2", "dnf": "libglvnd-gles", "pacman": "libglvnd", "apk": "mesa-gles"},
    "libGL.so.1": {"apt-get": "libgl1", "dnf": "libglvnd-glx", "pacman": "libglvnd", "apk": "mesa-gl"},
    "libglib-2.0.so.0": {"apt-get": "libglib2.0-0", "dnf": "glib2", "pacman": "glib2", "apk": "glib"},
    "libgthread-2.0.so.0": {"apt-get": "libglib2.0-0", "dnf": "glib2", "pacman": "glib2", "apk": "glib"},
}
"""Libraries that MediaPipe (EGL, GLES) and its OpenCV (GL, glib) link to -> package manager -> package."""

INSTALL_COMMANDS = {
    "apt-get": "apt-get install -y",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --needed",
    "apk": "apk add",
}

RIVAL_OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python-headless")
"""They write into the same `cv2` folder as the opencv-contrib-python that MediaPipe needs; one breaks the other."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check of the machine.

    Parameters
    ----------
    name : what was checked.
    status : "ok"; "missing" where formcheck cannot work without it; "optional" where it can.
    found : what was found, or what is missing.
    install : the command that solves it; empty if nothing has to be done.
    """

    name: str
    status: FindingStatus
    found: str
    install: str = ""


def run_checks() -> list[Check]:
    """Return every check, in the order in which to solve the problems."""
    python, libraries, opencv, engine = check_python(), check_system_libraries(), check_opencv(), check_engine()
    blocked = any(check.status == "missing" for check in (libraries, opencv, engine))
    return [
        python,
        libraries,
        opencv,
        engine,
        check_other_engines(),
        Check("pose model", "missing", "not checked; solve the problems above") if blocked else check_pose_model(),
        check_video_encoder(),
        check_app(),
        check_cache(),
    ]


def is_ready(checks: list[Check]) -> bool:
    """Return whether formcheck can work here."""
    return all(check.status != "missing" for check in checks)


def print_checks(checks: list[Check]) -> int:
    """Print each check and its solution, then the verdict; return exit code 0 or 1."""
    for check in checks:
        print(f"{check.status:8}  {check.name}: {check.found}")
        if check.install:
            print(f"          {check.install}")
    missing = sum(check.status == "missing" for check in checks)
    print(f"not ready: {missing} missing, see above" if missing else "ready")
    return 1 if missing else 0


# The checks ---------------------------------------------------------------------------------------------------------


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """Return whether this Python is new enough."""
    if version >= OLDEST_PYTHON:
        return Check("Python", "ok", platform.python_version())
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Check("Python", "missing", f"expected {wanted} or newer, got {platform.python_version()}")


def check_system_libraries() -> Check:
    """Return whether the system libraries that Python packages cannot install can be loaded."""
    if sys.platform != "linux":
        return Check("system libraries", "ok", f"part of {platform.system()}")
    missing = [library for library in SYSTEM_LIBRARIES if not _can_load(library)]
    if not missing:
        return Check("system libraries", "ok", "all found")
    return Check("system libraries", "missing", ", ".join(missing), install_line(missing))


def install_line(libraries: list[str]) -> str:
    """Return the command that installs the packages with these libraries on this machine."""
    manager = next((name for name in INSTALL_COMMANDS if shutil.which(name)), None)
    if manager is None:
        return f"install the system packages that contain {', '.join(libraries)}"
    packages = dict.fromkeys(SYSTEM_LIBRARIES[library][manager] for library in libraries)
    sudo = "sudo " if hasattr(os, "geteuid") and os.geteuid() != 0 else ""
    return f"{sudo}{INSTALL_COMMANDS[manager]} {' '.join(packages)}"


def check_opencv() -> Check:
    """Return whether exactly one OpenCV is installed."""
    rivals = [name for name in RIVAL_OPENCV if _find_version(name)]
    if not rivals:
        return Check("OpenCV", "ok", _find_version("opencv-contrib-python") or "comes with MediaPipe")
    both = ", ".join(rivals)
    remove = _write_pip_command("uninstall -y", *rivals)
    install = _write_pip_command("install --force-reinstall --no-deps", "opencv-contrib-python")
    command = f"{remove} && {install}"
    return Check("OpenCV", "missing", f"{both} overwrites the one MediaPipe needs", command)


def check_engine() -> Check:
    """Return which engine runs the pose model here, and why.

    It is loaded in a process of its own, because one may crash.
    """
    try:
        choice = choose_engine()
    except BackendError:
        return Check("pose engine", "missing", "none is installed", _write_pip_command("install", "formcheck"))
    run = subprocess.run([sys.executable, "-c", _IMPORT[choice.name]], capture_output=True, text=True, check=False)
    found = f"{choice.name} ({find_runtime_version(choice.name)})"
    if run.returncode == 0:
        return Check("pose engine", "ok", f"{found}: {choice.why}{_describe_engine(choice.name)}")
    said = run.stderr.strip().splitlines() or [f"exit code {run.returncode}"]
    return Check("pose engine", "missing", f"{found} cannot be loaded: {said[-1]}", _reinstall(choice.name))


def check_other_engines() -> Check:
    """Return which other engines can be used with --engine."""
    used = choose_engine().name if any(map(is_installed, ENGINES)) else None
    others = [f"{name} ({find_runtime_version(name)})" for name in ENGINES if name != used and is_installed(name)]
    if is_installed("openvino") or used is None:
        found = ", ".join(others) or "none"
        by_batch = (
            f"; `batch` uses openvino for {LONG_WORK_RECORDINGS} recordings and more"
            if is_installed("openvino")
            else ""
        )
        return Check("other engines", "ok", f"{found}{by_batch}")
    found = f"{', '.join(others) or 'none'}; OpenVINO would make `batch` faster"
    return Check("other engines", "optional", found, _write_pip_command("install", "formcheck[fast]"))


_IMPORT: dict[EngineName, str] = {
    "direct": "import cv2, ai_edge_litert.interpreter",
    "openvino": "import cv2; from formcheck.sources.pose.networks import import_openvino; import_openvino()",
    "mediapipe": "import cv2, mediapipe.tasks.python.vision",
}


def _describe_engine(engine: EngineName) -> str:
    if engine != "mediapipe":
        return ""
    return "; it would send usage data to its vendor; formcheck blocks that, see docs/privacy.md"


def _reinstall(engine: EngineName) -> str:
    packages: dict[EngineName, str] = {"direct": "ai-edge-litert", "openvino": "openvino", "mediapipe": "mediapipe"}
    return _write_pip_command("install --force-reinstall --no-deps", packages[engine])


def check_pose_model() -> Check:
    """Return whether the expected pose model is there; fetch it if it is missing."""
    try:
        model = find_pose_model()
    except BackendError as error:
        return Check("pose model", "missing", str(error).removeprefix("pose model").lstrip(": "))
    return Check("pose model", "ok", f"{model.name}, sha256 {model.sha256[:12]}…, {find_models_dir()}")


def check_video_encoder() -> Check:
    """Return whether annotated videos can be written as H.264, which every browser plays."""
    try:
        import av

        encoder = av.codec.Codec("h264", "w").name
    except (ImportError, ValueError) as error:
        return Check("H.264 encoder", "missing", str(error), _write_pip_command("install --force-reinstall", "av>=15"))
    return Check("H.264 encoder", "ok", f"{encoder}, PyAV {av.__version__}")


def check_app() -> Check:
    """Return whether the app can be opened; the command line does not need it."""
    if importlib.util.find_spec("streamlit"):
        return Check("app", "ok", f"Streamlit {_find_version('streamlit')}")
    return Check(
        "app",
        "optional",
        "Streamlit is not installed; only the app needs it",
        _write_pip_command("install", "formcheck[app]"),
    )


def check_cache() -> Check:
    """Return whether the folder of the models can be written to.

    It need not be when the model is already there.
    """
    folder = find_models_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Check("model folder", "ok", str(folder))
    except OSError as error:
        found = f"{folder} cannot be written: {error.strerror or error}"
        return Check("model folder", "optional", found, "set FORMCHECK_MODELS to a folder you can write to")


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _write_pip_command(action: str, *requirements: str) -> str:
    """Return a pip command for this environment, which may not be on the path."""
    return f"{shlex.quote(sys.executable)} -m pip {action} {shlex.join(requirements)}"


def _find_version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
