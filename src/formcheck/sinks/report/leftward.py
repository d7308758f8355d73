"""Put Hebrew and Arabic letters, and the numbers between them, where a reader expects them.

The rules are those of Unicode's bidirectional algorithm (UAX 9), as browsers follow them, so paper and screen agree.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby


def runs_leftwards(text: str) -> bool:
    """Return whether a text has Hebrew or Arabic letters.

    Their order and their forms need an engine of their own.
    """
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def begins_leftwards(text: str) -> bool:
    r"""Return whether the first letter of a text runs leftwards.

    Then the whole text begins at the right.

    Examples
    --------
    >>> begins_leftwards("12 \u05e9"), begins_leftwards("Name: \u05e9")
    (True, False)
    """
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind != "L" for kind in kinds if kind in {"L", "R", "AL"}), False)


def list_pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, and whether each runs leftwards.

    The text begins at the left.

    fpdf keeps the order of pieces, and turns around what lies between two pieces that run rightwards. A number between
    leftward words would break that part in two, and the words would change places. So a number runs leftwards, too,
    with its digits in the opposite order: they come out as they should.
    """
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    paragraph = BidiParagraph(text, base_direction=TextDirection.LTR, preserve_bn_chars=True)
    found = paragraph.get_characters_with_embedding_level()
    for level, run in groupby(found, key=lambda one: one.embedding_level):
        piece = "".join(one.character for one in run)
        yield (piece[::-1], True) if level == _NUMBER_LEVEL else (piece, level > 0)


_NUMBER_LEVEL = 2
"""The level of a number between leftward words."""
