"""Three hosts that share the work, each of which can be cut off: network namespaces, or addresses behind a relay.

Namespaces where this machine allows them (Linux, as root, with `ip`): a host is a namespace on a bridge, and cutting it
off takes its link down. Elsewhere a host is an address of its own, 127.0.0.2 to 4, on which a relay listens that stops
moving bytes. PostgreSQL, the queue server and the mail server are on the main side and know nothing of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.relay import Relay, Target
from tests.support.processes import family

COUNT = 3
_IP = shutil.which("ip") or "/usr/sbin/ip"


@dataclass
class Host:
    """One host: where it finds the servers, and how its commands are begun."""

    name: str
    address: str
    before: Sequence[str] = ()
    relays: dict[str, Relay] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def port(self, server: str) -> int:
        return self.relays[server].port

    @property
    def server_address(self) -> str:
        return self.relays["mail"].host

    @property
    def mailed(self) -> int:
        """Bytes that it sent to the mail server so far."""
        return self.relays["mail"].received_from(self.address)

    def start(self, words: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        with (folder / f"{self.name}-{words[0]}.log").open("ab") as log:
            command = [*self.before, sys.executable, "-m", "feedbackloop", *words]
            self.running.append(
                subprocess.Popen(command, env={**os.environ, **environ}, cwd=folder, stdout=log, stderr=log)
            )

    def kill(self) -> None:
        for command in self.running:
            for pid in family(command.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            command.wait(10)


class Namespaces:
    """Hosts as network namespaces on a bridge."""

    way = "network namespaces"

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._tag = f"fb{os.getpid() % 100000}"
        self._net = f"10.213.{os.getpid() % 250}"
        self._targets = targets
        self.hosts: list[Host] = []
        self._shared: dict[str, Relay] = {}

    def open(self) -> None:
        """Raises OSError where this machine does not allow it."""
        self._ip("link", "add", self._tag, "type", "bridge")
        self._ip("address", "add", f"{self._net}.1/24", "dev", self._tag)
        self._ip("link", "set", self._tag, "up")
        self._shared = {name: Relay(f"{self._net}.1", target) for name, target in self._targets.items()}
        for number in range(COUNT):
            name, address = f"{self._tag}h{number}", f"{self._net}.{10 + number}"
            self._ip("netns", "add", name)
            self._ip("link", "add", f"{name}o", "type", "veth", "peer", "name", "eth0", "netns", name)
            self._ip("link", "set", f"{name}o", "master", self._tag, "up")
            self._ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
            self._ip("-n", name, "link", "set", "lo", "up")
            self._ip("-n", name, "link", "set", "eth0", "up")
            self.hosts.append(Host(name, address, (_IP, "netns", "exec", name), self._shared))

    def cut(self, host: Host) -> None:
        self._ip("link", "set", f"{host.name}o", "down")

    def heal(self, host: Host) -> None:
        self._ip("link", "set", f"{host.name}o", "up")

    def close(self) -> None:
        for relay in self._shared.values():
            relay.close()
        for number in range(COUNT):
            name = f"{self._tag}h{number}"
            # A namespace outlives its name while the kernel still says good-bye in it: its link goes on its own.
            for words in (("link", "delete", f"{name}o"), ("netns", "delete", name)):
                with contextlib.suppress(OSError):
                    self._ip(*words)
        with contextlib.suppress(OSError):
            self._ip("link", "delete", self._tag)

    @staticmethod
    def _ip(*words: str) -> None:
        done = subprocess.run([_IP, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


class Addresses:
    """Hosts as addresses of this machine, each with relays of its own."""

    way = "addresses behind a relay"

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self.hosts: list[Host] = []

    def open(self) -> None:
        """Raises OSError where 127.0.0.2 and on are no addresses of this machine."""
        for number in range(COUNT):
            address = f"127.0.0.{2 + number}"
            made = {name: Relay(address, target) for name, target in self._targets.items()}
            self.hosts.append(Host(f"host{number}", "127.0.0.1", (), made))

    def cut(self, host: Host) -> None:
        for relay in host.relays.values():
            relay.cut()

    def heal(self, host: Host) -> None:
        for relay in host.relays.values():
            relay.heal()

    def close(self) -> None:
        for host in self.hosts:
            for relay in host.relays.values():
                relay.close()


@contextlib.contextmanager
def network(targets: Mapping[str, Target]) -> Iterator[Namespaces | Addresses]:
    """The hosts in the first of the two ways that works here. Raises OSError where neither does."""
    found: Namespaces | Addresses = Namespaces(targets)
    try:
        found.open()
    except OSError:
        found.close()
        found = Addresses(targets)
        found.open()
    try:
        yield found
    finally:
        for host in found.hosts:
            host.kill()
        found.close()
