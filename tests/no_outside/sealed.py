"""Run a command in a separate network that reaches nothing, and record every name it looks up.

    unshare --net --mount python sealed.py NAMES_FILE COMMAND...

There is no route to anywhere. The name server says of every name that there is no such host.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

_SET_FLAGS, _UP = 0x8914, 0x1 | 0x40
"""SIOCSIFFLAGS; IFF_UP and IFF_RUNNING."""
_RESOLVER = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
_SWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"
"""Names are asked of the name server alone, not of a service of the machine behind a file socket."""
_HEADER_BYTES = 12
_NO_SUCH_HOST = 0x8183


def main(names: Path, command: list[str]) -> int:
    """Return the exit code of the command."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        cover(Path("/etc/resolv.conf"), _RESOLVER, Path(folder))
        cover(Path("/etc/nsswitch.conf"), _SWITCH, Path(folder))
        if Path("/run/nscd").is_dir():
            subprocess.run(["mount", "-t", "tmpfs", "none", "/run/nscd"], check=True)
        line.bind(("127.0.0.1", 53))
        threading.Thread(target=answer, args=(line, names), daemon=True).start()
        return subprocess.run(command, check=False).returncode


def cover(path: Path, text: str, folder: Path) -> None:
    """Lay a text of our own over a file, as far as this process and its children can see."""
    own = folder / path.name
    own.write_text(text, encoding="utf-8")
    own.chmod(0o644)
    if path.exists():
        subprocess.run(["mount", "--bind", str(own), str(path)], check=True)


def answer(line: socket.socket, names: Path) -> None:
    """Write down every name that is asked for, and answer that there is no such host."""
    while True:
        question, caller = line.recvfrom(4096)
        with names.open("a", encoding="utf-8") as file:
            file.write(name_in(question) + "\n")
        counts = struct.pack(">HHHHH", _NO_SUCH_HOST, 1, 0, 0, 0)
        line.sendto(question[:2] + counts + question[_HEADER_BYTES:], caller)


def name_in(question: bytes) -> str:
    """Return the name that a DNS question asks for."""
    labels, place = [], _HEADER_BYTES
    while length := question[place]:
        labels.append(question[place + 1 : place + 1 + length].decode("ascii", "replace"))
        place += 1 + length
    return ".".join(labels)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
