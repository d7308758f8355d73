"""run.py: when it sets up, when it does not, and its messages on errors."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def run(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return run.py, loaded as if it lay in an empty folder beside a pyproject.toml."""
    spec = importlib.util.spec_from_file_location("run", checkout / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "formcheck-stamp.json")
    return module


@pytest.fixture
def steps(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the steps of a set-up instead of doing them; a made environment counts as usable."""
    done: list[str] = []

    def make_venv() -> None:
        done.append("make")
        run.VENV.mkdir(exist_ok=True)
        (run.VENV / "usable").touch()

    def must_be_remade(found: object, wanted: dict[str, object]) -> bool:
        moved = found is not None and (found["place"], found["python"]) != (wanted["place"], wanted["python"])
        return moved or not (run.VENV / "usable").exists()

    monkeypatch.setattr(run, "make_venv", make_venv)
    monkeypatch.setattr(run, "must_be_remade", must_be_remade)
    monkeypatch.setattr(run, "install", lambda extras: done.append(f"install {'+'.join(extras)}"))
    monkeypatch.setattr(run, "call", lambda command, folder=None: done.append("check machine") or 0)
    return done


def test_first_start_sets_everything_up_in_order(run, steps):
    run.set_up(["app"], check_machine=True)
    assert steps == ["make", "install app", "check machine"]


def test_second_start_does_nothing(run, steps):
    run.set_up(["app"], check_machine=True)
    steps.clear()
    run.set_up(["app"], check_machine=True)
    assert steps == []


def test_tests_add_to_what_the_app_has_and_the_app_stays_current(run, steps):
    run.set_up(["app"], check_machine=True)
    steps.clear()
    run.set_up(["app", "dev"], check_machine=True)
    run.set_up(["app"], check_machine=True)
    assert steps == ["install app+dev", "check machine"]


def test_changed_dependencies_are_installed_and_extras_kept(run, steps):
    run.set_up(["app", "dev"], check_machine=True)
    steps.clear()
    (run.ROOT / "pyproject.toml").write_text("[project]\n# one more\n")
    run.set_up(["app"], check_machine=True)
    assert steps == ["install app+dev", "check machine"]


@pytest.mark.parametrize("field", ["place", "python"])
def test_environment_of_another_place_or_python_is_made_again(run, steps, field):
    run.set_up(["app"], check_machine=True)
    steps.clear()
    run.STAMP.write_text(run.STAMP.read_text().replace(f'"{field}": "', f'"{field}": "other '))
    run.set_up(["app"], check_machine=True)
    assert steps[:2] == ["make", "install app"]


def test_interrupted_installation_is_taken_up_again(run, steps, monkeypatch):
    def interrupted(extras: list[str]) -> None:
        raise KeyboardInterrupt

    installs = run.install
    monkeypatch.setattr(run, "install", interrupted)
    assert run.main(["app"]) == 130
    assert not run.STAMP.exists()
    monkeypatch.setattr(run, "install", installs)
    run.set_up(["app"], check_machine=True)
    assert steps == ["make", "install app", "check machine"]


def test_interrupted_update_leaves_no_stamp_behind(run, steps, monkeypatch):
    run.set_up(["app"], check_machine=True)
    before = (run.ROOT / "pyproject.toml").read_text()
    (run.ROOT / "pyproject.toml").write_text("[project]\n# one more\n")
    monkeypatch.setattr(run, "install", lambda extras: run.stop("no network"))
    with pytest.raises(SystemExit, match="1"):
        run.set_up(["app"], check_machine=True)
    (run.ROOT / "pyproject.toml").write_text(before)
    assert not run.STAMP.exists()


def test_machine_that_is_not_ready_gets_no_stamp(run, steps, monkeypatch, capfd):
    monkeypatch.setattr(run, "call", lambda command, folder=None: 1)
    with pytest.raises(SystemExit, match="1"):
        run.set_up(["app"], check_machine=True)
    assert not run.STAMP.exists()
    assert "this machine is not ready" in capfd.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[]", '{"place": 1}', '{"extras": null}'])
def test_damaged_stamp_counts_as_none(run, content):
    run.VENV.mkdir()
    run.STAMP.write_text(content)
    assert run.read_stamp() is None


@pytest.mark.parametrize(
    ("arguments", "handed_over"),
    [
        pytest.param([], ["app"], id="no command opens the app"),
        pytest.param(["check", "clip.mp4", "--json"], ["check", "clip.mp4", "--json"], id="a command and its options"),
        pytest.param(["dance"], ["dance"], id="an unknown command is for formcheck to refuse"),
    ],
)
def test_commands_are_passed_through_with_their_exit_code(run, steps, monkeypatch, arguments, handed_over):
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "hand_over", lambda command: commands.append(command) or 7)
    assert run.main(arguments) == 7
    assert commands == [[str(run.tool("formcheck")), *handed_over]]


def test_doctor_speaks_also_where_the_machine_is_not_ready(run, steps, monkeypatch):
    monkeypatch.setattr(run, "hand_over", lambda command: 1)
    assert run.main(["doctor"]) == 1
    assert steps == ["make", "install app"]
    assert not run.STAMP.exists()


def test_every_check_runs_even_after_one_failed(run, steps, monkeypatch, capfd):
    commands: list[str] = []

    def call(command: list[str], folder: Path | None = None) -> int:
        commands.append(" ".join([Path(command[0]).stem, *command[1:]]))
        return 1 if "mypy" in command[0] else 0

    monkeypatch.setattr(run, "call", call)
    assert run.run_tests(["-k", "bundle"]) == 1
    assert commands[0] == "ruff check ."
    assert commands[-1] == "pytest -n 3 --dist loadfile --no-loadscope-reorder -k bundle"
    assert "formcheck: failed: mypy" in capfd.readouterr().out


def test_the_whole_suite_runs_in_two_parts_with_a_floor_each(run, monkeypatch):
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "call", lambda command, folder=None: commands.append(command) or 0)
    assert run.run_tests([]) == 0
    pure, rest = commands[-2:]
    assert pure[-5:] == ["tests/core", "tests/program", "--part", "pure", "--cov"]  # a path after --cov would be traced
    assert "--part rest --cov=formcheck --cov-append" in " ".join(rest)
    assert rest[-1] == "--cov-fail-under=95"
    assert "--cov" not in rest


def test_missing_venv_module_names_the_line_that_installs_it(run, monkeypatch, capfd):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(SystemExit, match="1"):
        run.make_venv()
    assert f"sudo apt install python3.{sys.version_info[1]}-venv" in capfd.readouterr().err


def test_own_environment_is_not_removed_under_the_running_python(run, monkeypatch, capfd):
    monkeypatch.setattr(sys, "prefix", str(run.VENV))
    with pytest.raises(SystemExit, match="1"):
        run.make_venv()
    assert "type `deactivate`" in capfd.readouterr().err


def test_old_python_is_refused_kindly_in_one_line(run):
    said = run.complain_if_too_old((3, 8))
    assert said.startswith("formcheck needs Python 3.11 or newer, and this is Python 3.8. Please install")
    assert "\n" not in said
    assert run.complain_if_too_old((3, 11)) == ""


def test_old_python_can_read_the_file_far_enough_to_be_warned(checkout):
    ast.parse((checkout / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_run_needs_nothing_but_the_standard_library(checkout):
    code = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='imported')"
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(checkout / "run.py")], check=True)
