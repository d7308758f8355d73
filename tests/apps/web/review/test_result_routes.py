"""The files of a result are served only to those who may see them."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.review.result_routes import ROUTES, file_url, grant
from formcheck.drivers.results_store import delete_results


@pytest.fixture
def client(results) -> TestClient:
    return TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1:8501")


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


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: a=b.mp4", "\x00.mp4", "ü\u2028.mp4", '";x=".mp4', "a" * 400])
def test_name_of_a_recording_adds_no_header(client, results, hand_key, name):
    card = results / hand_key / "card.json"
    card.write_text(json.dumps({**json.loads(card.read_text("utf-8")), "recording": name}), "utf-8")
    answer = client.get(file_url(hand_key, "summary.json", keep=True))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert len(answer.headers["content-disposition"]) < 500


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_file_is_not_sent_to_another_page(client, hand_key, site):
    answer = client.get(file_url(hand_key, "annotated.mp4"), headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


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
