"""Take results into the locked folder of a patient, without the passphrase.

Each gets a key of its own. That key is encrypted for the folder's public key (X25519, then AES-256-GCM), which lies
readable in the folder; its counterpart comes from the key that only the passphrase opens. Anyone who can write to the
folder could put a result there, as they could among the results of the app; nobody but the owner of the passphrase can
read one.
"""

from __future__ import annotations

import base64
import logging
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from formcheck.core.errors import StoreError
from formcheck.drivers.atomic_files import write_one_file
from formcheck.sources.owned_files import make_part_folder, sweep_folder

from .vault import Vault, make_vault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = logging.getLogger(__name__)
_INBOX, _SEALED_KEY, _SEALED = "inbox.json", "key.json", "sealed-*"
_PURPOSE = b"formcheck inbox 1"
_ONCE = bytes(12)
"""The nonce: each key encrypts one thing."""
_MOST_KEY_BYTES = 10_000


class _Address(BaseModel):
    """The public key of a folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    public: str


class _SealedKey(_Address):
    """The key of one item, encrypted for the folder; `public` is that of the item."""

    key: str


class SealedItem(NamedTuple):
    """What came in while a folder was locked, and what opens it."""

    path: Path
    vault: Vault


def write_inbox_address(folder: Path, vault: Vault) -> None:
    """Write the public key of a patient's folder, unless it is there."""
    public = _encode(_find_private(vault).public_key().public_bytes_raw())
    if _read_address(folder) != public:
        with write_one_file(folder / _INBOX) as part:
            part.write_text(_Address(public=public).model_dump_json() + "\n", "utf-8")


def _read_address(folder: Path) -> str:
    try:
        with (folder / _INBOX).open("rb") as file:
            return _Address.model_validate_json(file.read(_MOST_KEY_BYTES)).public
    except (OSError, ValidationError):
        return ""


@contextmanager
def seal_item(folder: Path) -> Iterator[SealedItem]:
    """Give an empty folder and a new key.

    What is written there is in the inbox if the block ends well.

    Raises
    ------
    StoreError
        The patient's folder has no public key; it gets one when it is opened.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    try:
        address = base64.b64decode(_read_address(folder), validate=True)
        public = X25519PublicKey.from_public_bytes(address)
    except ValueError:
        raise StoreError(f"{folder.name}: expected a patient that was opened before, got none; open it once") from None
    own, vault = X25519PrivateKey.generate(), make_vault()
    mine = own.public_key().public_bytes_raw()
    sealed = _make_lock(own.exchange(public), mine, address).encrypt(_ONCE, vault.key, _PURPOSE)
    sweep_folder(folder)
    target = folder / _SEALED.replace("*", secrets.token_hex(8))
    part = make_part_folder(target)
    try:
        yield SealedItem(part, vault)
        about = _SealedKey(public=_encode(mine), key=_encode(sealed))
        with write_one_file(part / _SEALED_KEY) as key:
            key.write_text(about.model_dump_json() + "\n", "utf-8")
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def list_sealed(folder: Path, vault: Vault) -> Iterator[SealedItem]:
    """Yield what came in while the folder was locked.

    What is damaged stays, and the log says so.
    """
    for path in sorted(folder.glob(_SEALED)):
        try:
            yield SealedItem(path, _open_item(path, vault))
        except StoreError as error:
            log.warning("%s", error)


def _open_item(path: Path, vault: Vault) -> Vault:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    private = _find_private(vault)
    try:
        with (path / _SEALED_KEY).open("rb") as file:
            found = _SealedKey.model_validate_json(file.read(_MOST_KEY_BYTES))
        theirs, sealed = (base64.b64decode(part, validate=True) for part in (found.public, found.key))
        shared = private.exchange(X25519PublicKey.from_public_bytes(theirs))
        lock = _make_lock(shared, theirs, private.public_key().public_bytes_raw())
        return Vault(lock.decrypt(_ONCE, sealed, _PURPOSE))
    except (OSError, ValidationError, ValueError, InvalidTag):
        raise StoreError(f"{path.name}: expected a result for this patient, got a damaged or a foreign one") from None


def _find_private(vault: Vault) -> X25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(vault.derive_key(_PURPOSE))


def _make_lock(shared: bytes, item: bytes, folder: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), len(shared), item + folder, _PURPOSE).derive(shared))


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()
