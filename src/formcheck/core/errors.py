"""Every error formcheck raises on purpose.

::

    FormCheckError
    ├── MovementFileError   a movement file that cannot be used; carries every problem found
    ├── SourceError         a recording, picture or pose track that cannot be read
    ├── BackendError        a model or system library that is missing, or not the one expected
    ├── StoreError          a result that cannot be written
    └── AnswerError         an answer to a question that is none of those it can have

The text of each says what was expected, what came, where, and what to do. The command line prints
it as one line and ends with exit code 2.
"""

from __future__ import annotations

import re

_BREAKS_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def keep_on_a_line(text: str) -> str:
    r"""Return a text that stays on one line and is valid UTF-8.

    Names of files, and words in them, come from strangers.

    Examples
    --------
    >>> print(keep_on_a_line("two\nlines.mp4"))
    two\nlines.mp4
    """
    return _BREAKS_A_LINE.sub(lambda found: ascii(found[0])[1:-1], text)


class FormCheckError(Exception):
    """Base of all errors that a user can correct.

    Its text is one line, or one for each problem of a movement file: what was expected, what came, where, what to do.
    A name that would break the line is escaped.

    Parameters
    ----------
    text : the line.

    Examples
    --------
    >>> import formcheck as fc
    >>> try:
    ...     fc.open_video("sample_videos/README.md")
    ... except fc.FormCheckError as error:
    ...     print(type(error).__name__, error, sep=": ")
    SourceError: README.md: expected a video or picture, got a text file; pick another file
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(keep_on_a_line(text))


class MovementFileError(FormCheckError):
    """A movement file that cannot be used.

    Parameters
    ----------
    where : file name as the user gave it.
    problems : one line for each problem: key, what was expected, what came.
    """

    def __init__(self, where: str, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = (f"{where}: {count}", *(f"  {p}" for p in problems))
        Exception.__init__(self, "\n".join(map(keep_on_a_line, lines)))


class SourceError(FormCheckError):
    """A recording, picture or pose track that cannot be read."""


class BackendError(FormCheckError):
    """A model or system library that is missing, or not the one expected."""


class StoreError(FormCheckError):
    """A result that cannot be written."""


class AnswerError(FormCheckError):
    """An answer to a question that is none of those it can have."""
