"""An error about a recording keeps its text whatever the recording is called."""

from __future__ import annotations

from formcheck.core.errors import SourceError, StoreError

WANTED = "expected a video, got a text file; pick another"


def test_a_recording_of_another_name_has_the_same_error():
    error = SourceError(WANTED, about="copy.mp4")
    assert str(error) == f"copy.mp4: {WANTED}"
    assert str(error.rename("bow.mp4")) == f"bow.mp4: {WANTED}"


def test_an_error_about_no_recording_takes_no_name():
    error = SourceError(WANTED)
    assert error.rename("bow.mp4") is error


def test_an_error_is_the_same_in_another_process():
    for error in (SourceError(WANTED, about="bow.mp4"), SourceError(WANTED)):
        text, about = error.to_parts()
        assert str(SourceError(text, about=about)) == str(error)


def test_an_error_of_a_store_carries_its_code():
    error = StoreError("expected free space, got none", code="full")
    assert (str(error), error.code) == ("expected free space, got none", "full")
    assert StoreError().code == ""
