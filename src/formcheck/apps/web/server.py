"""Start the app: a local server and a browser; nothing is sent to other hosts."""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.core.errors import BackendError

from .access.owner import KEY_PARAMETER, OwnerKey, load_owner_key

if TYPE_CHECKING:
    import streamlit as st
    import uvicorn

log = logging.getLogger(__name__)

PAGES = Path(__file__).with_name("pages.py")
_BROWSER_WAITS_S = 120.0


def build_app_parts(host: str = "127.0.0.1", port: int | None = None, owner: OwnerKey | None = None) -> dict[str, Any]:
    """Return the arguments of `st.App` besides the pages: routes, guard, start and end.

    Parameters
    ----------
    host : the address it will listen on; it decides under which names the app answers.
    port : the port, if `run_app` has chosen one.
    owner : who may come in, if `run_app` has said how; None for the user, and the start prints the key.
    """
    from starlette.middleware import Middleware

    streamlit = _import_streamlit()
    from formcheck.apps.web.live import answer_routes, desk_routes, people_routes, routine_routes
    from formcheck.apps.web.live import page as live_page
    from formcheck.apps.web.live import socket as live_socket
    from formcheck.apps.web.review import result_routes, uploads
    from formcheck.apps.web.review.desk import routes as review_desk
    from formcheck.apps.web.review.many import routes as review_many
    from formcheck.apps.web.review.patients import routes as review_patients

    from . import demonstrations
    from .access.guard import DoorGuard
    from .access.people import PeopleDoor
    from .page_origin import PageOrigin
    from .phone import page_socket

    parts = (
        live_page,
        live_socket,
        answer_routes,
        people_routes,
        desk_routes,
        routine_routes,
        result_routes,
        uploads,
        review_desk,
        review_many,
        review_patients,
        demonstrations,
        page_socket,
    )
    # When another server than `run_app` starts the app, only these settings keep it private.
    for name, value in choose_settings(host, port).items():
        streamlit.config.set_option(name, value, "formcheck")
    known = owner or load_owner_key()
    if owner is None:
        print(describe_foreign_start(streamlit.config, host, known), flush=True)
    return {
        "routes": [route for part in parts for route in part.ROUTES],
        "middleware": [
            Middleware(DoorGuard, owner=known, bound_host=host),
            Middleware(PeopleDoor, owner=known),
            Middleware(PageOrigin),
        ],
        "lifespan": _run_while_open,
        "on_script_error": _log_error,
    }


def choose_settings(host: str, port: int | None = None) -> dict[str, Any]:
    """Return the settings of an app that listens on this address.

    With a port, we serve it ourselves.
    """
    from formcheck.apps.theme import collect_settings

    # Headless for Streamlit only: it would ask for an e-mail address on the terminal, and we open the browser.
    ours = {"server.port": port, "server.headless": True} if port is not None else {}
    return {**collect_settings(), "server.address": host, **ours}


def run_app(
    host: str = "127.0.0.1",
    port: int = 8501,
    *,
    https: bool | None = None,
    cert: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve the app until it is stopped.

    It opens in the browser if there is a desktop.

    Parameters
    ----------
    host : the address to listen on; the default allows only this machine.
    port : the first port to try; the next free one is taken.
    https : encrypt; None for "if other machines can reach it". Without `cert`, a certificate is made.
    cert, key : an own certificate and its private key, as PEM files.

    Raises
    ------
    BackendError
        Streamlit is not installed, no port is free, or the certificate cannot be used.
    """
    streamlit = _import_streamlit()
    import uvicorn

    from .access import certificates
    from .access.guard import is_loopback
    from .access.listening import EVERYWHERE, bind, configure_server, list_network_addresses, write_address

    certificate = certificates.check_certificate(cert, key)
    listener = bind(host, port)
    port = listener.getsockname()[1]
    is_open = not is_loopback(host)
    hosts = ["127.0.0.1", *list_network_addresses()] if host in EVERYWHERE else [host]
    if certificate is None and (is_open if https is None else https):
        certificate = certificates.prepare_own_certificate([*certificates.list_own_names(), *hosts])
    addresses = [write_address(one, port, is_https=certificate is not None) for one in hosts]
    owner = load_owner_key()
    opening = [make_printed_address(one, owner) for one in addresses]
    for line in describe_door(opening, is_open=is_open, is_https=certificate is not None):
        print(line, flush=True)
    app: st.App = streamlit.App(PAGES, **build_app_parts(host, port, owner))
    config = configure_server(app, certificate, host=host, port=port, ws_ping_interval=30, ws_ping_timeout=30)
    server = uvicorn.Server(config)
    if _has_desktop():
        opened = (server, write_opening_address(addresses[0], owner.make_ticket()))
        threading.Thread(target=_open_when_up, args=opened, daemon=True).start()
    server.run(sockets=[listener])


def describe_door(opening: list[str], *, is_open: bool, is_https: bool) -> list[str]:
    """Return what is printed at the start: the address, and who can reach what.

    Parameters
    ----------
    opening : addresses that open it.
    is_open : other machines can reach it.
    is_https : what is sent is encrypted.
    """
    lines = [f"formcheck is open at {opening[0]}  (Ctrl-C ends it)", *(f"  or at {one}" for one in opening[1:])]
    lines.append("This address opens it once, in your browser; who else has it sees all. Keep it to yourself.")
    if is_open:
        lines.append("Other computers of your network reach this port; without the key they get nothing.")
    if is_open and not is_https:
        lines.append("Without https others in your network can read everything, the key too; leave out --no-https.")
    if is_https:
        lines.append("The browser may warn that it does not know the certificate; with your own one, see --cert.")
    return lines


def describe_foreign_start(config: Any, host: str, owner: OwnerKey) -> str:
    """Return what is printed if another program starts the app: how it opens.

    Parameters
    ----------
    config : Streamlit's settings. `streamlit run` has put its port there; other servers keep theirs to themselves.
    """
    from .access.listening import write_address

    if getattr(config, "_server_mode", None) != "starlette-app":
        return f"formcheck: add this to the address of the app to open it: {make_printed_address('', owner)}"
    is_https = bool(config.get_option("server.sslCertFile"))
    address = write_address(host, config.get_option("server.port"), is_https=is_https)
    return f"formcheck is open at {make_printed_address(address, owner)}  (Ctrl-C ends it)"


def make_printed_address(address: str, owner: OwnerKey) -> str:
    """Return the address for one browser; when it was used, the next one is printed.

    A browser keeps the addresses that were typed in, and may send them to its vendor.
    """

    def print_next() -> None:
        print(f"formcheck: for another browser: {make_printed_address(address, owner)}", flush=True)

    return write_opening_address(address, owner.make_ticket(math.inf, when_used=print_next))


def write_opening_address(address: str, key: str) -> str:
    """Return the address that opens the app."""
    return f"{address}/?{KEY_PARAMETER}={key}"


def _import_streamlit() -> Any:
    try:
        import streamlit
    except ModuleNotFoundError:
        raise BackendError(
            "the app needs Streamlit, which is not installed; install it with: pip install 'formcheck[app]'"
        ) from None
    return streamlit


@asynccontextmanager
async def _run_while_open(_app: st.App) -> AsyncIterator[None]:
    from formcheck.apps.web.live.desk_routes import Desk
    from formcheck.apps.web.live.socket import LiveSessions
    from formcheck.apps.web.review.uploads import UPLOADS
    from formcheck.drivers.history.keeper import KEEPER
    from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
    from formcheck.drivers.user_data import protect_user_data

    from .jobs import BOOK
    from .phone.page_socket import PhoneCamera

    protect_user_data()
    BOOK.when_finished = OPEN_PATIENTS.keep_finished
    OPEN_PATIENTS.watch()
    _tidy_up()
    try:
        yield
    finally:
        BOOK.stop_all()
        await PhoneCamera.close()
        UPLOADS.close()
        await LiveSessions.close()
        await Desk.free()
        KEEPER.try_again()
        OPEN_PATIENTS.close_all()


def _tidy_up() -> None:
    """Remove what killed processes left, and finish their recorded sets, in the background."""
    from formcheck.drivers.results_store import claim_left_folders
    from formcheck.sources.owned_files import sweep_temp_folder

    sweep_temp_folder()
    if left := claim_left_folders():

        def finish() -> None:
            from formcheck.drivers.live.recorder import finish_left_sets

            finish_left_sets(left)

        threading.Thread(target=finish, name="finish-left-sets", daemon=True).start()


def _log_error(error: Exception) -> bool:
    """Show that an error happened; its details go to the terminal."""
    import streamlit

    log.error("the page broke", exc_info=error)
    streamlit.error(
        "Something went wrong on our side. Your recording and stored results are untouched. "
        "Please load the page again; if it happens again, please report what the terminal shows.",
        icon=":material/error:",
    )
    return True


def _has_desktop() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_when_up(server: uvicorn.Server, address: str) -> None:
    """Open the browser as soon as the server answers.

    A page that does not load would confuse the person.
    """
    end_s = time.monotonic() + _BROWSER_WAITS_S
    while not server.started:
        if server.should_exit or time.monotonic() > end_s:
            return
        time.sleep(0.1)
    webbrowser.open(address)
