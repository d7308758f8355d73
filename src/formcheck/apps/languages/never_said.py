"""What formcheck never says, in each language: no promise, no threat.

English has its own, longer list in `core.movement.wording` and its tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

NEVER_SAID_IN: Mapping[str, tuple[str, ...]] = {
    "de": (
        r"(un)?sicher(e|er|es|en|em)?",
        r"gefähr\w*|gefahr\w*|riskant\w*|risik\w*",
        r"verletz\w*",
        r"diagnos\w*",
        r"heilt|heilen|heilung|geheilt|lindert|lindern|linderung|beseitigt|beseitigen",
        r"schmerzfrei\w*",
        r"(gute|schlechte|falsche|richtige|perfekte|korrekte) haltung",
        r"bandscheibenvorf\w*|bandscheibendruck",
        r"garantiert?|wunder\w*|klinisch \w+|wissenschaftlich bewiesen",
        r"korrigier\w* (deine|die) (haltung|wirbelsäule)",
    ),
    "fr": (
        r"sûre?s?|sécuritaires?",
        r"danger\w*|risqu\w*",
        r"blessures?|blesser",
        r"diagnosti\w*",
        r"guér\w*|soulag\w*|soign\w*|élimin\w*",
        r"sans douleurs?",
        r"(bonne|mauvaise|parfaite|fausse) posture",
        r"hernies?|pression (du|des|sur les?) disques?",
        r"garanti\w*|miracle\w*|cliniquement|scientifiquement",
        r"corrige[rz]? (la|votre) (posture|colonne)",
        r"plus profond\w*",
    ),
    "nl": (
        r"(on)?veilige?r?",
        r"gevaar\w*|risico\w*|riskant\w*",
        r"blessures?|letsel",
        r"diagnos\w*",
        r"genees\w*|genez\w*|verlicht\w*|verhelp\w*",
        r"pijnvrij\w*",
        r"(goede|slechte|foute|verkeerde|perfecte|juiste) houding",
        r"hernia\w*|schijfdruk",
        r"garand\w*|garantie|wonder\w*|klinisch \w+|wetenschappelijk bewezen",
        r"corrigeer\w* (je|de) (houding|rug|wervelkolom)",
        r"dieper",
    ),
}


@cache
def _compile(code: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(NEVER_SAID_IN[code])})(?!\w)", re.IGNORECASE)


def find_forbidden_words(code: str, text: str) -> str:
    """Return words that are never said in a language; empty if a text has none.

    Examples
    --------
    >>> find_forbidden_words("de", "Das ist gefährlich"), find_forbidden_words("nl", "Hou je rug lang")
    ('gefährlich', '')
    """
    found = _compile(code).search(text)
    return found[0] if found else ""
