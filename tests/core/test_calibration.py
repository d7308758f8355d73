"""A person's own neutral back, kept in a file."""

import numpy as np
import pytest

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import SourceError


def test_kept_and_loaded_again(tmp_path):
    path = tmp_path / "me.json"
    path.write_text(Calibration(neutral={"standing": [0.1] * 33}).model_dump_json(), "utf-8")
    loaded = load_calibration(path)
    assert loaded.neutral_for("standing") == pytest.approx(np.full(33, 0.1))
    assert loaded.neutral_for("sitting") is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="binary"),
        pytest.param(b"{", id="broken JSON"),
        pytest.param(b"[1, 2]", id="another JSON"),
        pytest.param(b'{"neutral": {"standing": [0.1]}}', id="too few values"),
        pytest.param(b'{"neutral": {"floating": []}}', id="an unknown posture"),
        pytest.param(b'{"schema_version": 2, "neutral": {}}', id="a later version"),
        pytest.param(b'{"neutral": {}, "extra": 1}', id="an unknown key"),
        pytest.param(b'{"neutral": {"standing": [' + b"null," * 32 + b"null]}}", id="missing values"),
    ],
)
def test_what_is_no_calibration_says_how_to_make_one(tmp_path, content):
    path = tmp_path / "me.json"
    path.write_bytes(content)
    with pytest.raises(SourceError) as raised:
        load_calibration(path)
    assert str(raised.value) == (
        "me.json: expected a calibration file written by formcheck, got something else; "
        "make one with `formcheck check … --keep-neutral FILE`"
    )


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(
        SourceError, match=r"^none\.json: expected a calibration file .*, got: No such file .*; check the path$"
    ):
        load_calibration(tmp_path / "none.json")
