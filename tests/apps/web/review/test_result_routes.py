"""The files of a result are served only to those who may see them."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from formcheck.apps.web.review.result_routes import ROUTES, DoorGuard, file_url, grant, is_own_name
from formcheck.drivers.results_store import delete_results


@pytest.fixture
def client(results) -> TestClient:
    app = Starlette(routes=ROUTES, middleware=[Middleware(DoorGuard, bound_host="127.0.0.1")])
    return TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000))


def test_part_of_a_video_is_sent_when_a_part_is_asked_for(client, results, hand_key):
    whole = (results / hand_key / "annotated.mp4").read_bytes()
    answer = client.get(file_url(hand_key, "annotated.mp4"), headers={"Range": "bytes=10-29"})
    assert answer.status_code == 206
    assert answer.content == whole[10:30]
    assert answer.headers["content-range"] == f"bytes 10-29/{len(whole)}"
    assert answer.headers["content-type"] == "video/mp4"


def test_whole_file_says_that_parts_may_be_asked_for(client, hand_key):
    answer = client.get(file_url(hand_key, "annotated.mp4"))
    assert answer.status_code == 200
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-disposition" not in answer.headers


def test_file_to_keep_bears_the_name_of_the_recording(client, hand_key):
    answer = client.get(file_url(hand_key, "summary.json", keep=True))
    assert 'filename="a__b_bow__b_-summary.json"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/results/{key}/annotated.mp4",
        "/results/" + "0" * 64 + "/annotated.mp4",
        "/results/{token}/card.json",
        "/results/{token}/..%2F..%2Fsecret.txt",
        "/results/{token}/%2e%2e/secret.txt",
        "/results/{token}/....//secret.txt",
        "/results/..%2F{token}/summary.json",
        "/results/{token}/C:%5Csecret.txt",
    ],
)
def test_nothing_but_granted_files_can_be_fetched(client, results, hand_key, path):
    (results.parent / "secret.txt").write_text("secret", encoding="utf-8")
    answer = client.get(path.format(key=hand_key, token=grant(hand_key)))
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.txt", "")


def test_deleted_result_is_gone_under_its_old_address(client, hand_key):
    url = file_url(hand_key, "annotated.mp4")
    delete_results()
    assert client.get(url).status_code == 404


def test_tokens_of_two_results_differ_and_do_not_tell_the_key():
    assert grant("a" * 32) != grant("b" * 32)
    assert "a" * 32 not in grant("a" * 32)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8501"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "me@127.0.0.1"},
        {"Host": ""},
        {"Host": "192.168.0.7:8501"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: "{}: {}".format(*next(iter(headers.items()))),
)
def test_request_with_a_foreign_host_or_origin_is_refused(client, hand_key, headers):
    assert client.get(file_url(hand_key, "annotated.mp4"), headers=headers).status_code == 403


def test_a_remote_caller_is_refused_by_a_local_server(results, hand_key):
    app = Starlette(routes=ROUTES, middleware=[Middleware(DoorGuard, bound_host="127.0.0.1")])
    stranger = TestClient(app, base_url="http://127.0.0.1:8501", client=("192.168.0.9", 50000))
    assert stranger.get(file_url(hand_key, "annotated.mp4")).status_code == 403


@pytest.mark.parametrize(
    ("host", "bound", "own"),
    [
        ("127.0.0.1:8501", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("[::1]:8501", "127.0.0.1", True),
        ("evil.example", "0.0.0.0", False),
        ("192.168.0.7:8501", "0.0.0.0", True),
        ("clinic.local:8501", "clinic.local", True),
        ("clinic.local:port", "clinic.local", False),
    ],
)
def test_own_names_are_those_of_the_bound_address(host, bound, own):
    assert is_own_name(host, bound) is own


def test_every_page_forbids_loading_from_other_hosts(client, hand_key):
    policy = client.get(file_url(hand_key, "summary.json")).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
