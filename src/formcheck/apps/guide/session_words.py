"""Write the four lines of a session in words."""

from __future__ import annotations

from formcheck.languages.phrase import Phrase
from formcheck.program.routines.session_check import LineCode, LineState, SessionLine

_ALL: dict[LineCode, str] = {
    LineCode.WARM_UP: Phrase("You warmed up first."),
    LineCode.ALIGNMENT: Phrase("Your form needed no correction."),
    LineCode.NO_BOUNCE: Phrase("Nothing bounced."),
    LineCode.DURATION: Phrase("Everything was held as long as planned."),
}
_SOME: dict[LineCode, str] = {
    LineCode.ALIGNMENT: Phrase("Your form needed no correction in {good} of {of} sets."),
    LineCode.NO_BOUNCE: Phrase("Nothing bounced in {good} of {of} sets."),
    LineCode.DURATION: Phrase("{good} of {of} sets were as long as planned. Less is fine, too."),
}
_UNKNOWN: dict[LineCode, str] = {
    LineCode.ALIGNMENT: Phrase("Your form could not be judged from there."),
    LineCode.NO_BOUNCE: Phrase("Whether anything bounced could not be judged."),
    LineCode.DURATION: Phrase("Nothing was to be held or counted."),
}
_NO_WARM_UP = Phrase("Next time, walk for a few minutes first.")


def write_session_line(line: SessionLine) -> str:
    """Return one line in words.

    Examples
    --------
    >>> str(write_session_line(SessionLine(LineCode.NO_BOUNCE, LineState.PARTLY, 2, 3)))
    'Nothing bounced in 2 of 3 sets.'
    """
    if line.state is LineState.YES:
        return _ALL[line.code]
    if line.state is LineState.UNKNOWN:
        return _UNKNOWN[line.code]
    if line.code is LineCode.WARM_UP:
        return _NO_WARM_UP
    return _SOME[line.code].format(good=line.good, of=line.of)
