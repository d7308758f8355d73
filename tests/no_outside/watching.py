"""Run a command and record whether it contacts another machine: by system calls and by looked-up names."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SEALED = Path(__file__).with_name("sealed.py")
_CALLS = "connect,sendto,sendmsg,sendmmsg"
_FAMILY = re.compile(r"sa_family=(\w+)")
_ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
_ON_THIS_MACHINE = {"AF_UNIX", "AF_LOCAL", "AF_NETLINK", "AF_UNSPEC"}
_RESOLVERS = ("/systemd/resolve/", "/mDNSResponder")
"""Where services of the machine take names to ask for in the network."""
_DNS_PORT = 53
_TOO_LONG_S = 240
_NOT_FOR_CHILDREN = re.compile(
    # Proxies would hide look-ups. Some packages keep silent where these say that a test runs. A window would open.
    r"(?i).*_proxy|CI|FORMCHECK_.*|TF_BUILD|JENKINS_URL|XDG_.*|DISPLAY|WAYLAND_DISPLAY|PYTEST_.*|COVERAGE_.*"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command did.

    Parameters
    ----------
    code, out, err : exit code and what was printed.
    outside : system calls that name another machine, or ask for a name.
    names : which names were asked for; empty where the network was not sealed.
    """

    code: int
    out: str
    err: str
    outside: list[str]
    names: list[str]


def watch(command: list[str], folder: Path, home: Path, *, sealed: bool) -> Watched:
    """Run a command in a folder and return what it did.

    Parameters
    ----------
    home : home directory of the command: as on a machine where formcheck and its packages are new.
    sealed : the command gets a network of its own, without any route; otherwise it sees the network that there is.
    """
    calls, names = folder / "calls.txt", folder / "names.txt"
    names.touch()
    line = [*tracer(), f"--output={calls}", "--", *command]
    if sealed:
        line = [*own_network(), sys.executable, str(SEALED), str(names), *line]
    with subprocess.Popen(
        line, cwd=folder, env=environment(home), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=_TOO_LONG_S)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    outside = calls_outside(calls.read_text(encoding="utf-8", errors="replace"))
    return Watched(process.returncode, out, err, outside, names.read_text(encoding="utf-8").split())


def tracer() -> list[str]:
    """Return the start of a command that writes down system calls, of child processes too."""
    return ["strace", "--follow-forks", "--seccomp-bpf", "--quiet=all", "--signal=none", f"--trace={_CALLS}"]


def own_network() -> list[str]:
    """Return the start of a command that runs in a network of its own."""
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *as_root, "--net", "--mount", "--"]


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a command: little of ours, and a home of its own."""
    from formcheck.sources.pose.models import find_models_dir

    kept = {name: value for name, value in os.environ.items() if not _NOT_FOR_CHILDREN.fullmatch(name)}
    return kept | {
        "HOME": str(home), "FORMCHECK_MODELS": str(find_models_dir()),
        "FORMCHECK_DATA": str(home / "data"), "FORMCHECK_RESULTS": str(home / "results"),
    }  # fmt: skip


def calls_outside(trace: str) -> list[str]:
    """Return the system calls of a trace that name another machine, or ask for a name.

    What is not understood counts as outside.
    """
    return [line for line in trace.splitlines() if "sa_family=" in line and not _stays(line)]


def _stays(call: str) -> bool:
    families, addresses = _FAMILY.findall(call), _ADDRESS.findall(call)
    others = [family for family in families if family not in _ON_THIS_MACHINE]
    if any(resolver in call for resolver in _RESOLVERS) or len(others) != len(addresses):
        return False
    return all(int(port) != _DNS_PORT and _is_this_machine(address) for port, address in addresses)


def _is_this_machine(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


@cache
def why_not_here() -> str:
    """Return why commands cannot be watched on this machine; empty where they can."""
    if sys.platform != "linux":
        return "system calls are traced on Linux only"
    for name, line in (("strace", tracer()), ("unshare", own_network())):
        if shutil.which(name) is None:
            return f"no {name} on this machine"
        run = subprocess.run([*line, "true"], capture_output=True, text=True, check=False)
        if run.returncode:
            return f"{name} may not do its work here: {run.stderr.strip()}"
    return ""
