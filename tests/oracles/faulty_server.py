"""A server of our own whose faults a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONTENT = bytes(range(256)) * 1200
_BLOCK = 1 << 15


@dataclass
class Behaviour:
    """What the server does, and what it was asked.

    Attributes:
        announced: whether it says how much it will send.
        endless: whether it begins anew after the last byte, for as long as somebody listens.
        pace: called before each block that it sends.
    """

    content: bytes = CONTENT
    etag: str = '"one"'
    ranges: bool = True
    cut_after: int | None = None
    missing: bool = False
    announced: bool = True
    endless: bool = False
    pace: Callable[[], object] = lambda: None
    requests: list[dict[str, str]] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    def __init__(self, behaviour: Behaviour, *args: Any) -> None:
        self.behaviour = behaviour
        super().__init__(*args)

    def do_GET(self) -> None:
        now = self.behaviour
        now.requests.append(dict(self.headers))
        if now.missing:
            self.send_error(404)
            return
        asked = self.headers.get("Range") if now.ranges else None
        if asked and self.headers.get("If-Range", now.etag) != now.etag:
            asked = None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if asked and start >= len(now.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(now.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = now.content[start:]
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(now.content) - 1}/{len(now.content)}")
        if now.etag:
            self.send_header("ETag", now.etag)
        if now.announced:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        body = body[: now.cut_after]
        now.sent.append(len(body))
        with suppress(ConnectionError):  # nobody listens any more
            self._send(body)

    def _send(self, body: bytes) -> None:
        while True:
            for start in range(0, len(body), _BLOCK):
                self.behaviour.pace()
                self.wfile.write(body[start : start + _BLOCK])
            if not self.behaviour.endless:
                return
            self.behaviour.sent.append(len(body))

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """The address of a server that behaves so."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, behaviour)) as http:
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
