"""A small IMAP server in the test's own process: one account, one folder, the few commands that are asked."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "loop", "imap secret of the test"


@dataclass
class Folder:
    """The messages by their id, and the flags that were set on them."""

    messages: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    fetched: list[int] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)  # commands that are answered with NO

    def put(self, *contents: bytes) -> None:
        for content in contents:
            self.messages[max(self.messages, default=0) + 1] = content

    def seen(self) -> list[int]:
        return [uid for uid in self.messages if "\\Seen" in self.flags.get(uid, set())]


class ImapServer:
    """Listens on a free port of this machine; with `context` it speaks TLS from the first byte."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.folder = Folder()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if context is not None:
                    self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self) -> None:
                self.wfile.write(b"* OK ready\r\n")
                while line := self.rfile.readline():
                    tag, _space, rest = line.decode().strip().partition(" ")
                    if not outer._answer(self.wfile, tag, rest):
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that refuses our certificate hangs up; that is its right."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="imap", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def environ(self) -> dict[str, str]:
        return {
            "FEEDBACKLOOP_IMAP_HOST": "127.0.0.1",
            "FEEDBACKLOOP_IMAP_PORT": str(self.port),
            "FEEDBACKLOOP_IMAP_SSL": "off",
            "FEEDBACKLOOP_IMAP_USER": USER,
            "FEEDBACKLOOP_IMAP_PASSWORD": PASSWORD,
        }

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _answer(self, out: Any, tag: str, rest: str) -> bool:
        command, _space, given = rest.partition(" ")
        command = command.upper()
        if command == "UID":
            command, _space, given = given.partition(" ")
        if command in self.folder.refuse or (command == "LOGIN" and given != f'{USER} "{PASSWORD}"'):
            out.write(f"{tag} NO refused\r\n".encode())
        elif command == "LOGOUT":
            out.write(f"* BYE\r\n{tag} OK\r\n".encode())
            return False
        else:
            out.write(self._said(command, given) + f"{tag} OK done\r\n".encode())
        return True

    def _said(self, command: str, given: str) -> bytes:
        folder = self.folder
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command == "SELECT":
            return f"* {len(folder.messages)} EXISTS\r\n".encode()
        if command == "SEARCH":
            unseen = [str(uid) for uid in folder.messages if uid not in folder.seen()]
            return f"* SEARCH {' '.join(unseen)}\r\n".encode()
        if command == "LOGIN":
            return b""
        uid = int(given.split()[0])
        if uid not in folder.messages:
            return b""
        content = folder.messages[uid]
        if command == "STORE":
            folder.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", given))
            return b""
        if "RFC822.SIZE" in given:
            return f"* 1 FETCH (UID {uid} RFC822.SIZE {len(content)})\r\n".encode()
        folder.fetched.append(uid)
        cut = re.search(r"<0\.(\d+)>", given)
        content = content[: int(cut[1])] if cut else content
        head = f"* 1 FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode()
        return head + content + b")\r\n"
