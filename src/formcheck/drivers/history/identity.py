"""Keep the names of people plain, and their passcodes secret.

A passcode locks the choice of a person on the screen. It does not encrypt the file: who can read the user's
files can read the history.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

_SPOILS_A_LINE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNS_A_LINE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that would turn the direction of what follows the name."""


def clean_name(name: str) -> str:
    r"""Return a name as it is stored: on one line, without what would disturb the words around it.

    Joined emoji and every script stay as they are.

    Examples
    --------
    >>> clean_name("  Ana\u202e \n Maria ")
    'Ana Maria'
    """
    kept = (c for c in name if c.isspace() or not (unicodedata.category(c) in _SPOILS_A_LINE or c in _TURNS_A_LINE))
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def lock(passcode: str) -> str | None:
    """Return what is stored of a passcode: salt and hash as text; None for an empty one.

    scrypt needs 16 MB for each try, so that guessing is slow.
    """
    return _hash_passcode(passcode, secrets.token_bytes(16)) if passcode else None


def is_opened_by(passcode: str, stored: str | None) -> bool:
    """Return whether a passcode fits what is stored; without a passcode, every answer is right."""
    if stored is None:
        return True
    return hmac.compare_digest(_hash_passcode(passcode, bytes.fromhex(stored.partition(":")[0])), stored)


def _hash_passcode(passcode: str, salt: bytes) -> str:
    made = hashlib.scrypt(passcode.encode(), salt=salt, n=1 << 14, r=8, p=1)
    return f"{salt.hex()}:{made.hex()}"
