"""The certificate that is made here: for the right names, for a year, and readable for this user alone."""

from __future__ import annotations

import os
import ssl
import stat
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("cryptography")

from cryptography import x509

from formcheck.apps.web.access.certificates import (
    VALID,
    check_certificate,
    list_own_names,
    make_certificate,
    prepare_own_certificate,
)
from formcheck.core.errors import BackendError


def names_of(pem: bytes) -> set[str]:
    found = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one.value) for one in found}


def test_certificate_is_for_these_names_and_can_be_served(tmp_path):
    files = prepare_own_certificate([*list_own_names(), "192.168.0.7"], tmp_path / "data")
    assert {"192.168.0.7", "127.0.0.1", "::1", "localhost"} <= names_of(files.certificate.read_bytes())
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)
    if os.name == "posix":
        assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_certificate_is_kept_so_that_a_browser_warns_once(tmp_path):
    first = prepare_own_certificate(["192.168.0.7", "localhost"], tmp_path).certificate.read_bytes()
    assert prepare_own_certificate(["localhost"], tmp_path).certificate.read_bytes() == first


def test_new_address_gets_a_new_certificate(tmp_path):
    prepare_own_certificate(["192.168.0.7"], tmp_path)
    assert names_of(prepare_own_certificate(["10.0.0.2"], tmp_path).certificate.read_bytes()) == {"10.0.0.2"}


@pytest.mark.parametrize("before", [VALID + timedelta(days=1), VALID - timedelta(days=6), timedelta(days=-2)])
def test_certificate_that_ends_soon_is_made_again(tmp_path, before):
    path = tmp_path / "https.pem"
    path.write_bytes(make_certificate(["localhost"], datetime.now(UTC) - before))
    path.chmod(0o600)
    old = path.read_bytes()
    assert prepare_own_certificate(["localhost"], tmp_path).certificate.read_bytes() != old


@pytest.mark.skipif(os.name != "posix", reason="rights of files as on Linux and macOS")
def test_key_that_others_could_read_is_made_again(tmp_path):
    path = prepare_own_certificate(["localhost"], tmp_path).key
    old = path.read_bytes()
    path.chmod(0o644)
    assert prepare_own_certificate(["localhost"], tmp_path).key.read_bytes() != old
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_own_certificate_of_a_person_is_taken(tmp_path):
    path = tmp_path / "mine.pem"
    path.write_bytes(make_certificate(["clinic.example"]))
    assert check_certificate(path, path) == (path, path)
    assert check_certificate(None, None) is None


@pytest.mark.parametrize("content", [b"", b"nothing", None])
def test_certificate_that_cannot_be_used_is_one_line(tmp_path, content):
    path = tmp_path / "mine.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BackendError, match=r"mine\.pem.*expected a PEM certificate") as refused:
        check_certificate(path, path)
    assert "\n" not in str(refused.value)


def test_certificate_without_its_key_is_refused(tmp_path):
    with pytest.raises(BackendError, match="--cert and --key together"):
        check_certificate(tmp_path / "mine.pem", None)
    with pytest.raises(BackendError, match="--cert and --key together"):
        check_certificate(None, tmp_path / "mine.pem")
