"""Serve the page of patients: their folders, and what left them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import is_from_our_page, read_body
from formcheck.apps.web.language import find_language, send_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS, send_page_file
from formcheck.apps.web.review.result_routes import DESK_PATH, PATIENTS_PATH
from formcheck.apps.web.review.script_page import show_script_page
from formcheck.core.errors import FormCheckError, StoreError
from formcheck.drivers.patients.folders import (
    add_patient,
    delete_patient,
    find_patient,
    is_encrypted,
    list_patients,
    make_copy_key,
    name_kept,
)
from formcheck.drivers.patients.practice import (
    PRACTISED,
    choose_practice_folder,
    find_practice_folder,
    keep_diary,
)
from formcheck.drivers.patients.unlocked import LOCKED_AFTER_S, OPEN_PATIENTS
from formcheck.drivers.patients.vault import LEAST_LETTERS, WRONG_ONE
from formcheck.drivers.results_store import find_result, list_results
from formcheck.drivers.user_data import GUEST, find_person_key
from formcheck.languages.translate import Language, translate
from formcheck.sources.owned_files import name_temp_folder

from .words import FOR_GUESTS, PATIENTS_NO_SCRIPT, PATIENTS_TITLE, PATIENTS_WORDS, WRONG

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_ORDER_BYTES = 8_000
_MOST_PASSPHRASE = 1_000
_MOST_LISTED = 200
_PATIENTS_FILES = Path(__file__).with_name("web")
_PATIENTS_TOO_OLD = "This page is too old. Please load it again."

Order = dict[str, Any]


def patients_page(request: Request) -> Response:
    """Answer with the page."""
    config = {"words": PATIENTS_WORDS, "least_letters": LEAST_LETTERS, "minutes": round(LOCKED_AFTER_S / 60)}
    return show_script_page(
        request,
        _PATIENTS_FILES / "patients.html",
        config,
        path=PATIENTS_PATH,
        styles=["patients.css"],
        title=PATIENTS_TITLE,
        no_script=PATIENTS_NO_SCRIPT,
    )


def send_patients_file(request: Request) -> Response:
    """Answer with one of the page's own files."""
    return send_page_file(_PATIENTS_FILES, request.path_params["name"])


def list_folders(_order: Order) -> Order:
    """Return every patient of this computer."""
    return {"patients": [_describe_folder(path, code) for code, path in list_patients().items()]}


def _describe_folder(path: Path, code: str) -> Order:
    return {"id": path.name, "code": code, "encrypted": is_encrypted(path), "open": OPEN_PATIENTS.is_open(path)}


def add_folder(order: Order) -> Order:
    """Make the folder of a new patient; it is open at once."""
    code, passphrase = " ".join(str(order["code"]).split()), _read_secret(order, "passphrase")
    folder = add_patient(code, passphrase=passphrase or None)
    if folder.vault is not None:
        OPEN_PATIENTS.remember(folder)
    return {"id": folder.path.name}


def show_folder(order: Order) -> Order:
    """Return what is kept of a patient, what left, and what could come in."""
    path = _find_path(order)
    code = next((code for code, one in list_patients().items() if one == path), "")
    about = _describe_folder(path, code)
    if not about["open"]:
        return about
    index = OPEN_PATIENTS.find(path).read_index()
    copies = {make_copy_key(one.name.removeprefix(PRACTISED)) for one in index.results}
    kept = [
        {"name": one.name, "label": one.label or one.name, "kept_s": one.kept_utc.timestamp(),
         "copy": OPEN_PATIENTS.find_copy(one.name) is not None, "can_open": "summary.json" in one.files}
        for one in sorted(index.results, key=lambda one: one.kept_utc, reverse=True)
    ]  # fmt: skip
    stored = [
        {"key": one.key, "name": name_kept(one), "dated_s": one.dated_s}
        for one in list_results()
        if one.key not in copies
    ]
    exports = [{"at_s": one.at_utc.timestamp(), "what": one.what, "to": one.to} for one in reversed(index.exports)]
    return {
        **about,
        "kept": kept,
        "stored": stored[:_MOST_LISTED],
        "exports": exports,
        "active": OPEN_PATIENTS.find_active() == path.name,
        "practice": find_practice_folder() == path,
    }


def unlock_folder(order: Order) -> Order:
    """Open a folder with its passphrase."""
    OPEN_PATIENTS.unlock(_find_path(order), _read_secret(order, "passphrase"))
    return show_folder(order)


def lock_folder(order: Order) -> Order:
    """Put working copies back and lock a folder."""
    return {"count": OPEN_PATIENTS.close(_find_path(order))}


def choose_folder(order: Order) -> Order:
    """Let new results go into a folder, or no longer."""
    OPEN_PATIENTS.choose_active(_find_path(order) if order["active"] is True else None)
    return show_folder(order)


def choose_practice(order: Order) -> Order:
    """Let copies of recorded sets go into a folder, or no longer."""
    choose_practice_folder(_find_path(order) if order["active"] is True else None)
    return show_folder(order)


def take_diary(order: Order) -> Order:
    """Keep what this person practised, as tables."""
    keep_diary(OPEN_PATIENTS.find(_find_path(order)))
    return show_folder(order)


def move_result_in(order: Order) -> Order:
    """Keep a stored result, and delete it where it was."""
    found = find_result(str(order["key"]))
    if found is None or found.person != find_person_key():
        raise StoreError("expected a result that is stored here, got none; load the page again")
    OPEN_PATIENTS.find(_find_path(order)).move_in(found)
    return show_folder(order)


def open_kept(order: Order) -> Order:
    """Make a working copy of a kept result; answer with the address of its desk."""
    key = OPEN_PATIENTS.find(_find_path(order)).open_copy(str(order["name"]))
    return {"url": f"{DESK_PATH}?result={key}"}


def put_kept_back(order: Order) -> Order:
    """Keep a working copy as it is now, and delete it."""
    OPEN_PATIENTS.put_back(OPEN_PATIENTS.find(_find_path(order)), str(order["name"]))
    return show_folder(order)


def encrypt_patient(order: Order) -> Order:
    """Encrypt a folder that was readable; it stays open."""
    passphrase = _read_secret(order, "passphrase")
    OPEN_PATIENTS.remember(OPEN_PATIENTS.find(_find_path(order)).encrypt(passphrase))
    return show_folder(order)


def change_lock(order: Order) -> Order:
    """Give a folder another passphrase.

    The old one is asked for even while it is open.
    """
    path = _find_path(order)
    OPEN_PATIENTS.unlock(path, _read_secret(order, "old"))
    OPEN_PATIENTS.find(path).change_passphrase(_read_secret(order, "passphrase"))
    return show_folder(order)


def delete_folder(order: Order) -> Order:
    """Delete everything of an open patient, working copies too.

    The code has to be written once more.
    """
    path, code = _find_path(order), str(order["code"])
    if list_patients().get(code) != path:
        raise StoreError("expected the name or code of this patient, got another one; nothing was deleted")
    OPEN_PATIENTS.find(path)
    delete_patient(code)
    return {}


def _find_path(order: Order) -> Path:
    path = find_patient(str(order["id"]))
    if path is None:
        raise StoreError("expected a patient of this computer, got none; load the page again")
    return path


def _read_secret(order: Order, key: str) -> str:
    found = order.get(key) or ""
    if not isinstance(found, str) or len(found) > _MOST_PASSPHRASE:
        raise ValueError(key)
    return found


# Answers --------------------------------------------------------------------------------------------------------------


def _make_answer(does: Callable[[Order], Order]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return await _take_patient_order(request, lambda order: send_json(request, does(order), PRIVATE_HEADERS))

    return answer


async def take_kept_out(request: Request) -> Response:
    """Answer with the files of a kept result as a zip.

    The log of exports says so first.
    """
    return await _take_patient_order(request, _zip_kept)


def _zip_kept(order: Order) -> Response:
    folder = Path(tempfile.mkdtemp(prefix=name_temp_folder()))
    try:
        out = OPEN_PATIENTS.find(_find_path(order)).take_out(
            str(order["name"]), folder / "zip file", blur_faces=order.get("blur") is True
        )
        packed = shutil.make_archive(str(folder / "kept"), "zip", out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    tidy = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(
        packed, media_type="application/zip", filename="kept.zip", headers=PRIVATE_HEADERS, background=tidy
    )


async def _take_patient_order(request: Request, does: Callable[[Order], Response]) -> Response:
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")) or not is_from_our_page(request):
        return PlainTextResponse(_PATIENTS_TOO_OLD, 403)
    if find_person_key() == GUEST:
        return JSONResponse(
            {"problem": str(translate(FOR_GUESTS, find_language(request)))}, 403, headers=PRIVATE_HEADERS
        )
    content = await read_body(request, _MOST_ORDER_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {_MOST_ORDER_BYTES} bytes, got more", 413)
    return await run_in_threadpool(_obey, content, does, find_language(request))


def _obey(content: bytes, does: Callable[[Order], Response], language: Language) -> Response:
    """Do what an order says, one at a time; a refusal is one line."""
    try:
        order = json.loads(content)
        if not isinstance(order, dict):
            raise TypeError
        with OPEN_PATIENTS.lock:
            return does(order)
    except FormCheckError as error:
        is_wrong = isinstance(error, StoreError) and error.code == WRONG_ONE
        problem = str(translate(WRONG, language)) if is_wrong else str(error)
        return JSONResponse({"problem": problem}, 400, headers=PRIVATE_HEADERS)
    except OSError as error:
        problem = f"expected room on the disk, got: {error.strerror}; what was kept before is as it was"
        return JSONResponse({"problem": problem}, 507, headers=PRIVATE_HEADERS)
    except (KeyError, TypeError, ValueError, RecursionError):
        return JSONResponse({"problem": _PATIENTS_TOO_OLD}, 400, headers=PRIVATE_HEADERS)


_ORDERS: dict[str, Callable[[Order], Order]] = {
    "list": list_folders,
    "add": add_folder,
    "show": show_folder,
    "unlock": unlock_folder,
    "lock": lock_folder,
    "active": choose_folder,
    "practice": choose_practice,
    "diary": take_diary,
    "move_in": move_result_in,
    "open": open_kept,
    "put_back": put_kept_back,
    "encrypt": encrypt_patient,
    "passphrase": change_lock,
    "delete": delete_folder,
}
ROUTES = [
    Route(PATIENTS_PATH, patients_page, methods=["GET"]),
    Route(f"{PATIENTS_PATH}/web/{{name}}", send_patients_file, methods=["GET"]),
    *(Route(f"{PATIENTS_PATH}/{name}", _make_answer(does), methods=["POST"]) for name, does in _ORDERS.items()),
    Route(f"{PATIENTS_PATH}/take_out", take_kept_out, methods=["POST"]),
]
