"""Make a certificate for https whose key only this user can read.

No authority vouches for it, so a browser asks before it opens the page. Others of the network cannot read along.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from formcheck.core.errors import BackendError
from formcheck.drivers.atomic_files import write_one_file
from formcheck.drivers.user_data import find_data_dir

VALID = timedelta(days=365)
_RENEWED_BEFORE = timedelta(days=7)
_ALREADY_VALID = timedelta(days=1)
"""A phone's clock may be behind."""


class CertificateFiles(NamedTuple):
    """Where a certificate and its private key are; one file may hold both."""

    certificate: Path
    key: Path


def prepare_own_certificate(addresses: Iterable[str], folder: Path | None = None) -> CertificateFiles:
    """Return a certificate for these addresses; make one if the stored one does not fit.

    Parameters
    ----------
    addresses : IP addresses and names under which the app will be opened.
    folder : where it is kept; None for the user's data folder.

    Raises
    ------
    BackendError
        The package `cryptography` is not installed.
    """
    path = (folder or find_data_dir()) / "https.pem"
    names = {*addresses}
    if not _is_usable(path, names):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = make_certificate(names)
        with write_one_file(path) as part:
            # The rights come first: at no time can another user read the private key.
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            part.write_bytes(content)
    return CertificateFiles(path, path)


def make_certificate(names: Iterable[str], now: datetime | None = None) -> bytes:
    """Return a certificate and its private key as PEM, signed by itself.

    Parameters
    ----------
    names : IP addresses and host names it is for.
    now : the beginning of its year; None for the present.
    """
    x509, serialization = _import_cryptography()
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "formcheck on this computer")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _ALREADY_VALID)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in sorted(set(names))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return bytes(certificate.public_bytes(encoding) + private)


def check_certificate(certificate: Path | None, key: Path | None) -> CertificateFiles | None:
    """Return the person's own certificate; None if none is named.

    Raises
    ------
    BackendError
        Only one of the two is named, or they cannot be used.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise BackendError("expected --cert and --key together, got one of them; name both files")
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or "it cannot be read"
        raise BackendError(
            f"{certificate.name}, {key.name}: expected a PEM certificate and its key without a password, "
            f"got: {why}; check both files"
        ) from None
    return CertificateFiles(certificate, key)


def list_own_names() -> list[str]:
    """Return the names of this machine that reach only itself, and its host name."""
    return ["localhost", "127.0.0.1", "::1", socket.gethostname()]


def _is_usable(path: Path, names: set[str]) -> bool:
    """Return whether the stored certificate is for these names, valid, and only ours."""
    x509, _ = _import_cryptography()
    try:
        if path.is_symlink() or (os.name == "posix" and path.stat().st_mode & 0o077):
            return False
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    now = datetime.now(UTC)
    is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - _RENEWED_BEFORE
    return is_valid and {_name(one) for one in names} <= set(found)


def _name(text: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text.encode("idna").decode("ascii"))


def _import_cryptography() -> tuple[Any, Any]:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
    except ModuleNotFoundError:
        raise BackendError(
            "https needs the package cryptography, which is not installed; install it with: "
            "pip install 'formcheck[app]'"
        ) from None
    return x509, serialization
