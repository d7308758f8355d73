#!/usr/bin/env python3
"""Set up formcheck in `.venv` next to this file, then start it.

    python3 run.py                 open the app
    python3 run.py test [...]      run every check; what follows is handed to pytest
    python3 run.py COMMAND ...     run `formcheck COMMAND ...`

The first start installs what is needed and prepares the pose model; later starts need no network. An interrupted
first start is taken up again by the next one.
"""

import sys

OLDEST_PYTHON = (3, 11)


def complain_if_too_old(version: "tuple[int, int]") -> str:
    """Return the message for a Python that is too old; empty otherwise."""
    if version >= OLDEST_PYTHON:
        return ""
    return (
        "formcheck needs Python {}.{} or newer, and this is Python {}.{}. Please install a newer one "
        "(python.org has it for every system), then start this again with it, for instance: python3.12 run.py"
    ).format(*OLDEST_PYTHON, *version)


if complain_if_too_old(sys.version_info[:2]):
    sys.stderr.write(complain_if_too_old(sys.version_info[:2]) + "\n")
    sys.exit(2)

import hashlib
import importlib.util
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import NoReturn, TypedDict

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "formcheck-stamp.json"

EXTRAS = {
    "test": ["app", "cluster", "dev", "fast", "research"],
    "batch": ["app", "cluster"],
    "agree": ["app", "research"],
}
"""Command -> the extras it needs beyond the app."""

CHECK_MACHINE = """
import sys
from formcheck.apps.cli import doctor
checks = doctor.run_checks()
sys.exit(0 if doctor.is_ready(checks) else doctor.print_checks(checks))
"""


class Stamp(TypedDict):
    """What the environment was made for.

    It is written when the environment is complete; without it, the environment is not finished.
    """

    place: str
    python: str
    pyproject_sha256: str
    extras: list[str]


def main(arguments: list[str]) -> int:
    """Set up, then do what was asked; return the exit code."""
    command = arguments or ["app"]
    try:
        # `doctor` must be able to report on a machine where the set-up cannot be finished.
        set_up(EXTRAS.get(command[0], ["app"]), check_machine=command[0] != "doctor")
        if command[0] == "test":
            return run_tests(command[1:])
        return hand_over([str(tool("formcheck")), *command])
    except KeyboardInterrupt:
        return 130


# Set-up -------------------------------------------------------------------------------------------------------------


def set_up(extras: list[str], *, check_machine: bool) -> None:
    """Make `.venv` hold formcheck with these extras; do nothing if it already does."""
    wanted, found = stamp_for(extras), read_stamp()
    if found is not None and is_current(found, wanted):
        return
    if must_be_remade(found, wanted):
        make_venv()
    if found is not None:
        wanted["extras"] = sorted({*wanted["extras"], *found["extras"]})
    STAMP.unlink(missing_ok=True)
    install(wanted["extras"])
    if check_machine:
        say("preparing the pose model (downloads 35 MB if it is not there yet)")
        if call([str(python()), "-c", CHECK_MACHINE]):
            stop("this machine is not ready: please see to the lines marked `missing` above, then start again")
        STAMP.write_text(json.dumps(wanted, indent=2), encoding="utf-8")
        say("ready")


def stamp_for(extras: list[str]) -> Stamp:
    """Return the stamp of an environment made here and now."""
    return {
        "place": str(ROOT),  # scripts in an environment hold its path, so one that was moved cannot be used
        "python": f"{platform.python_implementation()} {platform.python_version()} {sys.platform} {platform.machine()}",
        "pyproject_sha256": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
        "extras": sorted(extras),
    }


def read_stamp() -> Stamp | None:
    """Return the stamp of the environment; None if none can be read."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
        return {
            "place": str(found["place"]),
            "python": str(found["python"]),
            "pyproject_sha256": str(found["pyproject_sha256"]),
            "extras": [str(extra) for extra in found["extras"]],
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_current(found: Stamp, wanted: Stamp) -> bool:
    """Return whether the environment holds everything that is wanted."""
    return (
        not must_be_remade(found, wanted)
        and found["pyproject_sha256"] == wanted["pyproject_sha256"]
        and set(found["extras"]) >= set(wanted["extras"])
    )


def must_be_remade(found: Stamp | None, wanted: Stamp) -> bool:
    """Return whether the environment must be made again, because installing is not enough."""
    if found is not None and (found["place"], found["python"]) != (wanted["place"], wanted["python"]):
        return True
    if not python().exists():
        return True
    has_pip = subprocess.run([str(python()), "-m", "pip", "--version"], capture_output=True, check=False)
    return has_pip.returncode != 0


def make_venv() -> None:
    """Make an empty `.venv` with pip in it."""
    if Path(sys.prefix).resolve() == VENV:
        stop("this Python is the one in .venv, which must be made again; type `deactivate`, then start again")
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        stop(
            "this Python cannot make environments; on Debian and Ubuntu this line adds it: "
            f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )
    say(f"making .venv with Python {platform.python_version()}")
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        stop("the environment could not be made; the lines above say why")


def install(extras: list[str]) -> None:
    """Install the checkout as editable, so that a change needs no new installation."""
    say("installing formcheck and what it needs (a few minutes the first time)")
    options = ["--quiet", "--disable-pip-version-check", "--editable"]
    if call([str(python()), "-m", "pip", "install", *options, f"{ROOT}[{','.join(extras)}]"]):
        stop("the installation did not finish; the lines above say why. The next start takes it up again")


# Running ------------------------------------------------------------------------------------------------------------


def run_tests(pytest_arguments: list[str]) -> int:
    """Run every check, also after a failure, and return 1 if any has failed."""
    pytest = ["pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    # some tests alone do not run every line of `core` and `program`; all of them do
    pure = ["tests/core", "tests/program", "--part", "pure", "--cov"]
    # the second part adds the lines of all other code, also those that run in children
    whole = ["--cov=formcheck", "--cov-append", "--cov-config=tests/whole_coverage.ini", "--cov-report="]
    parts = [pure, ["--part", "rest", *whole, "--cov-fail-under=95"]]
    steps = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
        ["codespell"],
        *([*pytest, *part] for part in ([pytest_arguments] if pytest_arguments else parts)),
    ]
    failed = []
    for step in steps:
        say(" ".join(step))
        if call([str(tool(step[0])), *step[1:]], folder=ROOT):
            failed.append(step[0] if step[0] != "ruff" else " ".join(step[:2]))
    say(f"failed: {', '.join(dict.fromkeys(failed))}" if failed else "all checks passed")
    return 1 if failed else 0


def hand_over(command: list[str]) -> int:
    """Become the command; if the system cannot, run it and return its exit code."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    return call(command)


def call(command: list[str], folder: Path | None = None) -> int:
    """Run a command, show what it prints, return its exit code."""
    sys.stdout.flush()
    return subprocess.run(command, cwd=folder, check=False).returncode


def python() -> Path:
    """Return the Python of the environment."""
    return tool("python")


def tool(name: str) -> Path:
    """Return a program of the environment."""
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def say(what: str) -> None:
    """Print a short line."""
    print(f"formcheck: {what}", flush=True)


def stop(why: str) -> NoReturn:
    """Print why it cannot go on and end with exit code 1."""
    sys.stderr.write(f"formcheck: {why}\n")
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
