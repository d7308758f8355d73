"""Put working copies back at once if this process is killed.

A second process waits on a pipe. It does nothing until the pipe ends, which the system sees to however this process
ends. Then it encrypts what is left, as the next start of the app would.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

from formcheck.sources.owned_files import mark_owner

log = logging.getLogger(__name__)

# before the pipe ends it needs a bare Python alone, a few megabytes
_WAIT = (
    "import sys; sys.stdin.buffer.read(); from formcheck.drivers.patients.unlocked import finish; finish(sys.argv[1])"
)


class CopyGuard:
    """The process that waits for the end of this one.

    Attributes
    ----------
    is_wanted : the app wants it; other programs put their copies back themselves.
    """

    def __init__(self) -> None:
        self.is_wanted = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to wait, if that is wanted and not so already."""
        with self._lock:
            if not self.is_wanted or (self._process is not None and self._process.poll() is None):
                return
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _WAIT, mark_owner()],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # what is pressed in the terminal of the app does not end it
                )
            except OSError as error:  # too many processes: the next start puts the copies back
                log.warning("no guard for the working copies of patients: %s", error)

    def stop(self) -> None:
        """End the waiting: this process has put everything back."""
        with self._lock:
            process, self._process = self._process, None
            self.is_wanted = False
        if process is not None:
            process.kill()
            process.communicate()


GUARD = CopyGuard()
