"""Start the app: a local server and a browser; nothing is sent to other hosts."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.core.errors import BackendError

if TYPE_CHECKING:
    import streamlit as st

log = logging.getLogger(__name__)

PAGES = Path(__file__).with_name("pages.py")
_PORTS_TRIED = 20
_BROWSER_WAITS_S = 20.0


def build_app_parts(host: str = "127.0.0.1", port: int | None = None) -> dict[str, Any]:
    """Return the arguments of `st.App` besides the pages: routes, guard, start and end.

    Parameters
    ----------
    host : the address it will listen on; it decides under which names the app answers.
    port : the port, if `run_app` has chosen one.
    """
    from starlette.middleware import Middleware

    streamlit = _import_streamlit()
    from formcheck.apps.web.live import answer_routes
    from formcheck.apps.web.live import page as live_page
    from formcheck.apps.web.live import socket as live_socket
    from formcheck.apps.web.review import result_routes, uploads
    from formcheck.apps.web.review.result_routes import DoorGuard

    from . import demonstrations

    parts = (live_page, live_socket, answer_routes, result_routes, uploads, demonstrations)
    # When another server than `run_app` starts the app, only these settings keep it private.
    for name, value in choose_settings(host, port).items():
        streamlit.config.set_option(name, value, "formcheck")
    return {
        "routes": [route for part in parts for route in part.ROUTES],
        "middleware": [Middleware(DoorGuard, bound_host=host)],
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


def run_app(host: str = "127.0.0.1", port: int = 8501) -> None:
    """Serve the app until it is stopped.

    It opens in the browser if there is a desktop.

    Parameters
    ----------
    host : the address to listen on; the default allows only this machine.
    port : the first port to try; the next free one is taken.

    Raises
    ------
    BackendError
        Streamlit is not installed, or no port is free.
    """
    streamlit = _import_streamlit()
    port = free_port(host, port)
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    print(f"formcheck is open at {address}  (Ctrl-C ends it)", flush=True)
    if _has_desktop():
        threading.Thread(target=_open_when_up, args=(shown, port, address), daemon=True).start()
    app: st.App = streamlit.App(PAGES, **build_app_parts(host, port))
    app.run(config=choose_settings(host, port))


def free_port(host: str, port: int) -> int:
    """Return the first free port from this one on.

    Raises
    ------
    BackendError
        None of twenty is free, or the address is not one of this machine.
    """
    for candidate in range(port, min(port + _PORTS_TRIED, 65536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # there it would let two servers share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except socket.gaierror:
                raise BackendError(f"expected an address of this machine, got {host!r}; leave out --host") from None
            except OSError:
                continue
            return candidate
    raise BackendError(f"expected a free port from {port} on, got none; name another with --port")


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
    from formcheck.apps.web.live.socket import LiveSessions
    from formcheck.apps.web.review.uploads import UPLOADS
    from formcheck.drivers.user_data import protect_user_data

    from .jobs import BOOK

    protect_user_data()
    _tidy_up()
    try:
        yield
    finally:
        BOOK.stop_all()
        UPLOADS.close()
        await LiveSessions.close()


def _tidy_up() -> None:
    """Remove what killed processes left; finish their recorded sets, beside the start."""
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


def _open_when_up(host: str, port: int, address: str) -> None:
    """Open the browser as soon as the server answers.

    A page that says "refused" would confuse the person.
    """
    end_s = time.monotonic() + _BROWSER_WAITS_S
    while time.monotonic() < end_s:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
            continue
        webbrowser.open(address)
        return
