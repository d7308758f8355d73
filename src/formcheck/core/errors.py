"""Every error formcheck raises on purpose.

::

    FormCheckError
    ├── MovementFileError   a movement file that cannot be used; carries every problem found
    ├── SourceError         a recording, picture or pose track that cannot be read
    ├── BackendError        a model or system library that is missing, or not the one expected
    ├── StoreError          a result that cannot be written
    └── AnswerError         an answer that its question does not allow

The text of each says what was expected, what came, where, and what to do. The command line prints
it as one line and ends with exit code 2.
"""

from __future__ import annotations


class FormCheckError(Exception):
    """Base of all errors that a user can correct.

    Its text is one line, or one for each problem of a movement file: what was expected, what came, where, what to do.

    Examples
    --------
    >>> import formcheck as fc
    >>> try:
    ...     fc.open_video("sample_videos/README.md")
    ... except fc.FormCheckError as error:
    ...     print(type(error).__name__, error, sep=": ")
    SourceError: README.md: expected a video or picture, got a text file; pick another file
    """


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
        super().__init__("\n".join([f"{where}: {count}", *(f"  {p}" for p in problems)]))


class SourceError(FormCheckError):
    """A recording, picture or pose track that cannot be read."""


class BackendError(FormCheckError):
    """A model or system library that is missing, or not the one expected."""


class StoreError(FormCheckError):
    """A result that cannot be written."""


class AnswerError(FormCheckError):
    """An answer that its question does not allow."""
