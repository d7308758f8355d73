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

import unicodedata

_LONGEST_LINE = 1000


def keep_on_a_line(text: str) -> str:
    r"""Return a text that stays on one line and is valid UTF-8.

    Names of files, and words in them, come from strangers.

    Examples
    --------
    >>> print(keep_on_a_line("two\nlines.mp4"))
    two\nlines.mp4
    """
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else ascii(c)[1:-1] for c in text)


def _write_line(text: str) -> str:
    """Return a text as one line; a long one without its middle."""
    line = keep_on_a_line(text)
    half = _LONGEST_LINE // 2
    return line if len(line) <= _LONGEST_LINE else f"{line[: half - 1]}…{line[-half:]}"


class FormCheckError(Exception):
    """Base of all errors that a user can correct.

    Its text is one line, or one for each problem of a movement file: what was expected, what came, where, what to do.
    What would break the line is escaped; what would fill the screen is shortened.

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
        super().__init__(_write_line(text))


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
        Exception.__init__(self, "\n".join(map(_write_line, lines)))


class SourceError(FormCheckError):
    """A recording, picture or pose track that cannot be read.

    Parameters
    ----------
    text : the line; without the name of the recording if `about` gives it.
    about : name of the recording; the line begins with it.
    """

    def __init__(self, text: str = "", *, about: str = "") -> None:
        super().__init__(f"{about}: {text}" if about else text)
        self.about, self._text = about, text

    def rename(self, name: str) -> SourceError:
        """Return the same error about a recording that the person knows by another name.

        Examples
        --------
        >>> print(SourceError("expected a video, got text; pick another", about="copy.mp4").rename("bow.mp4"))
        bow.mp4: expected a video, got text; pick another
        """
        return SourceError(self._text, about=name) if self.about else self

    def to_parts(self) -> tuple[str, str]:
        """Return text and name, for another process."""
        return self._text, self.about


class BackendError(FormCheckError):
    """A model or system library that is missing, or not the one expected."""


class StoreError(FormCheckError):
    """A result that cannot be written.

    Parameters
    ----------
    text : the line.
    code : why, for code that decides by it; empty if it does not matter.
    """

    def __init__(self, text: str = "", *, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class AnswerError(FormCheckError):
    """An answer that its question does not allow."""
