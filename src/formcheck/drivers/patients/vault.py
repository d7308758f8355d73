"""Encrypt files with a passphrase, so that neither a thief nor a backup reads them.

A random key encrypts the files (AES-256-GCM, in pieces, so that a video needs no memory). The passphrase encrypts only
that key, through scrypt, which is slow and takes memory on purpose. A new passphrase changes one small file at once. A
forgotten passphrase cannot be found again by anyone, and the files are lost with it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.core.errors import BackendError, StoreError
from formcheck.drivers.atomic_files import write_one_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LEAST_LETTERS = 10
PIECE_BYTES = 1 << 20
_MAGIC = b"FCV1"
_SALT_BYTES, _KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 32, 12, 16
_COST, _BLOCK, _LANES = 2**17, 8, 1
"""Of scrypt: 128 MB of memory for one try."""
_VAULT_MARK = b"formcheck vault 1"
WRONG_ONE = "another_passphrase"
"""The code of the error, for a page that says it in its own words."""
FORGOTTEN = "a forgotten passphrase cannot be found again, and the files are lost with it"


class _LockFile(BaseModel):
    """The key of a vault, encrypted by the passphrase.

    The cost is bounded: a stranger's number must not take all memory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    cost: Annotated[int, Field(ge=2**14, le=2**18)]
    salt: str
    nonce: str
    key: str


class Vault:
    """A key that is open: it encrypts and decrypts files.

    Parameters
    ----------
    key : 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key

    def derive_key(self, purpose: bytes) -> bytes:
        """Return another key of this vault, always the same for the same purpose."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), _KEY_BYTES, None, purpose).derive(self.key)

    def encrypt_file(self, source: Path, target: Path, *, name: str) -> None:
        """Write a file encrypted; what is unfinished is encrypted as well.

        Parameters
        ----------
        name : what the file is; decrypting asks for the same, so files cannot be swapped.
        """
        with source.open("rb") as plain, write_one_file(target) as part, part.open("wb") as out:
            self._encrypt(plain, out, name)

    def encrypt_bytes(self, content: bytes, target: Path, *, name: str) -> None:
        """Write a small content encrypted."""
        import io

        with write_one_file(target) as part, part.open("wb") as out:
            self._encrypt(io.BytesIO(content), out, name)

    def _encrypt(self, plain: BinaryIO, out: BinaryIO, name: str) -> None:
        salt = os.urandom(_SALT_BYTES)
        out.write(_MAGIC + salt)
        cipher, piece, count = self._make_cipher(salt), plain.read(PIECE_BYTES), 0
        while True:
            following = plain.read(PIECE_BYTES)
            out.write(cipher.encrypt(_make_nonce(count, is_last=not following), piece, name.encode()))
            if not following:
                return
            piece, count = following, count + 1

    def decrypt_file(self, source: Path, target: Path, *, name: str) -> None:
        """Write the content of an encrypted file, if all of it is genuine."""
        with write_one_file(target) as part, part.open("wb") as out:
            for piece in self.decrypt_pieces(source, name=name):
                out.write(piece)

    def decrypt_bytes(self, source: Path, *, name: str) -> bytes:
        """Return the content of a small encrypted file."""
        return b"".join(self.decrypt_pieces(source, name=name))

    def decrypt_pieces(self, source: Path, *, name: str) -> Iterator[bytes]:
        """Yield the content of an encrypted file piece by piece."""
        from cryptography.exceptions import InvalidTag

        try:
            with source.open("rb") as file:
                head = file.read(len(_MAGIC) + _SALT_BYTES)
                if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SALT_BYTES:
                    raise InvalidTag
                cipher, count = self._make_cipher(head[len(_MAGIC) :]), 0
                piece = file.read(PIECE_BYTES + _TAG_BYTES)
                while True:
                    following = file.read(PIECE_BYTES + _TAG_BYTES)
                    yield cipher.decrypt(_make_nonce(count, is_last=not following), piece, name.encode())
                    if not following:
                        return
                    piece, count = following, count + 1
        except (InvalidTag, FileNotFoundError):
            came = "one that was damaged, changed or exchanged"
            raise StoreError(f"{source.name}: expected an encrypted file of this patient, got {came}; "
                             "put back a copy of it") from None  # fmt: skip

    def _make_cipher(self, salt: bytes) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return AESGCM(HKDF(SHA256(), _KEY_BYTES, salt, b"formcheck file").derive(self.key))

    def lock_with(self, passphrase: str, lock: Path) -> None:
        """Write the key, encrypted by a passphrase; the one before ends at that moment."""
        if len(passphrase) < LEAST_LETTERS:
            wanted = f"expected a passphrase of at least {LEAST_LETTERS} characters"
            raise StoreError(f"{wanted}, got {len(passphrase)}; several words are good")
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
        cipher = _derive_from_passphrase(passphrase, salt, _COST)
        key = cipher.encrypt(nonce, self.key, _VAULT_MARK)
        texts = (base64.b64encode(part).decode() for part in (salt, nonce, key))
        made = _LockFile(cost=_COST, **dict(zip(("salt", "nonce", "key"), texts, strict=True)))
        with write_one_file(lock) as part:
            part.write_text(made.model_dump_json(indent=1) + "\n", "utf-8")


def make_vault() -> Vault:
    """Return a vault with a new key.

    Raises
    ------
    BackendError
        The library for it is not installed.
    """
    _require_library()
    return Vault(os.urandom(_KEY_BYTES))


def open_vault(lock: Path, passphrase: str) -> Vault:
    """Return the vault that a passphrase opens.

    Raises
    ------
    StoreError
        The passphrase is another one, or its file is damaged.
    """
    _require_library()
    from cryptography.exceptions import InvalidTag

    try:
        with lock.open("rb") as file:
            found = _LockFile.model_validate_json(file.read(10_000))
        salt, nonce, key = (base64.b64decode(part, validate=True) for part in (found.salt, found.nonce, found.key))
        return Vault(_derive_from_passphrase(passphrase, salt, found.cost).decrypt(nonce, key, _VAULT_MARK))
    except InvalidTag:
        text = f"expected the passphrase of this patient, got another one; {FORGOTTEN}"
        raise StoreError(text, code=WRONG_ONE) from None
    except (OSError, ValidationError, ValueError):
        raise StoreError(f"{lock.name}: expected the lock of a patient, got a damaged file; put back a copy") from None


def _derive_from_passphrase(passphrase: str, salt: bytes, cost: int) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return AESGCM(Scrypt(salt, _KEY_BYTES, cost, _BLOCK, _LANES).derive(passphrase.encode("utf-8")))


def _require_library() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        todo = "run pip install 'formcheck[app]'"
        raise BackendError(f"expected the library cryptography for encrypted patients, got none; {todo}") from None


def _make_nonce(count: int, *, is_last: bool) -> bytes:
    """Return the nonce of a piece: its number, and whether it is the last.

    So no piece can be left out, moved or cut off.
    """
    return count.to_bytes(_NONCE_BYTES - 1, "big") + bytes([is_last])
