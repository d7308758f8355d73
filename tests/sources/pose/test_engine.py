"""The choice of the engine, and its results."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from formcheck.core.errors import BackendError
from formcheck.sources.pose import engine as engines
from formcheck.sources.pose.engine import ENGINES, choose_engine, find_runtime_version, is_installed, open_engine
from formcheck.sources.pose.models import IN_TASK, find_pose_model

from .figures import follow


@pytest.fixture
def installed(monkeypatch):
    """Return a function that says which engines are installed."""
    return lambda *names: monkeypatch.setattr(engines, "is_installed", lambda name: name in names)


@pytest.mark.parametrize(
    ("there", "alone", "long"),
    [
        (ENGINES, "direct", "openvino"),
        (("direct", "mediapipe"), "direct", "direct"),
        (("openvino", "mediapipe"), "openvino", "openvino"),
        (("mediapipe",), "mediapipe", "mediapipe"),
    ],
)
def test_auto_takes_the_best_that_is_installed(installed, there, alone, long):
    installed(*there)
    assert choose_engine().name == choose_engine("auto").name == alone
    assert choose_engine(long_work=True).name == long
    assert all(choose_engine(long_work=work).why for work in (False, True))


@pytest.mark.parametrize("long_work", [False, True])
@pytest.mark.parametrize("name", ENGINES)
def test_engine_that_was_asked_for_is_taken(installed, name, long_work):
    installed(*ENGINES)
    choice = choose_engine(name, long_work=long_work)
    assert (choice.name, choice.why) == (name, "you chose it")


@pytest.mark.parametrize(
    ("name", "package"), [("direct", "ai-edge-litert"), ("openvino", "openvino"), ("mediapipe", "mediapipe")]
)
def test_engine_that_is_not_installed_says_what_installs_it(installed, name, package):
    installed()
    message = rf"^engine {name}: expected the package {package}, got none; install it with `pip install {package}`$"
    with pytest.raises(BackendError, match=message):
        choose_engine(name)


def test_machine_without_any_engine_is_reported(installed):
    installed()
    with pytest.raises(
        BackendError, match=r"^engine: expected LiteRT, OpenVINO or MediaPipe, got none; `formcheck doct"
    ):
        choose_engine()


@pytest.mark.parametrize("name", ["Direct", "onnx", ""])
def test_unknown_engine_lists_what_there_is(name):
    message = rf"^engine: expected auto, direct, openvino, mediapipe, got '{name}'; see `formcheck doctor`$"
    for ask in (choose_engine, open_engine):
        with pytest.raises(BackendError, match=message):
            ask(name)


@pytest.mark.parametrize(("name", "runtime"), [("direct", "LiteRT"), ("mediapipe", "MediaPipe")])
def test_runtime_is_named_with_its_version(name, runtime):
    assert re.fullmatch(rf"{runtime} \d+\.\d+.*", find_runtime_version(name))


def test_runtime_without_a_version_is_named(monkeypatch):
    def unknown(package):
        raise engines.PackageNotFoundError(package)

    monkeypatch.setattr(engines, "version", unknown)
    assert find_runtime_version("openvino") == "OpenVINO"


def test_compiled_networks_lie_beside_the_models(monkeypatch, tmp_path):
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path / "models"))
    assert engines._find_compiled_networks() == tmp_path / "models" / "compiled"
    (tmp_path / "file").touch()
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path / "file"))
    assert engines._find_compiled_networks() is None


# The true engines -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_engine_says_which_it_is_and_with_which_networks(engine, name):
    one, model = engine(name), find_pose_model()
    assert (one.name, one.model) == (name, model)
    with one.follow() as estimator:
        assert (estimator.name, estimator.sha256) == ("full", model.sha256)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_engine_is_closed_as_every_other_context(name, standing):
    if not is_installed(name):
        pytest.skip(f"no {name} engine: its package is not installed")
    with open_engine(name, threads=1) as one, one.follow(still=True) as estimator:
        assert follow(estimator, [standing])[0].seen


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_own_file_that_holds_no_networks_is_reported_in_one_line(tmp_path, name, capfd):
    if not is_installed(name):
        pytest.skip(f"no {name} engine: its package is not installed")
    own = tmp_path / "mine.task"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in IN_TASK:
            archive.writestr(part, b"no network")
    own.write_bytes(content.getvalue())
    with pytest.raises(BackendError, match=r"^[^\n]+: expected networks [^\n]+, got: [^\n]+; name another [^\n]+$"):
        open_engine(name, own)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_file_that_is_no_bundle_is_reported_in_one_line(tmp_path):
    path = tmp_path / "mine.task"
    path.write_bytes(b"not a model")
    with pytest.raises(BackendError, match=r"^mine\.task: expected a pose landmarker bundle, [^\n]+, got: [^\n]+$"):
        open_engine(pose_model=path)
