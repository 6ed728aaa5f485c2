"""The simulator's door on loopback: HTTP/1.1 with connections that stay open."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import sys
import threading
import urllib.parse
from typing import Any, Final, cast

from tests.fakes.github.exchange import Reply
from tests.fakes.github.git_door import PATH, GitRequest
from tests.fakes.github.manifest_door import PATH as MANIFEST_PATH
from tests.fakes.github.pipeline import EMPTY, Asked, Pipeline


class Handler(http.server.BaseHTTPRequestHandler):
    """Reads a request, asks the pipeline, writes the answer in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer on an open connection takes 44 ms
    wbufsize = -1
    server_version = "github.com"
    sys_version = ""

    def _handle(self) -> None:
        server = cast("Server", self.server)  # http.server knows only its own class
        target = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(target.path)
        for prefix in server.prefixes:
            if path.startswith(f"{prefix}/"):
                path = path.removeprefix(prefix)
                break
        body = self._body()
        if len(body) < int(self.headers.get("Content-Length") or 0):
            # The client died on its way: nobody acts on half a request.
            self.close_connection = True
            return
        headers = {key.lower(): value for key, value in self.headers.items()}
        if PATH.fullmatch(path):
            self._write(server.pipeline.answer_git(GitRequest(self.command, path, target.query, headers, body)))
            return
        query = dict(urllib.parse.parse_qsl(target.query, keep_blank_values=True))
        if self.command == "POST" and MANIFEST_PATH.fullmatch(path):
            self._write(server.pipeline.manifests.answer(path, query, body))
            return
        reply = server.pipeline.answer(Asked(self.command, path, query, headers, body))
        if reply is None:
            self.close_connection = True
            return
        self._write(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _write(self, reply: Reply) -> None:
        empty = reply.status in EMPTY
        data = reply.raw if reply.raw is not None else b"" if empty else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json; charset=utf-8", **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - http.server's signature
        """Say nothing: the calls are kept in the log of the simulator."""


class Server(http.server.ThreadingHTTPServer):
    """Listens on a free port of loopback; a crash of the simulator is a violation, never a silent 500."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, pipeline: Pipeline, violations: list[str], prefixes: tuple[str, ...], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.pipeline: Final = pipeline
        self.prefixes: Final = prefixes
        self._violations: Final = violations
        self._open: Final[set[socket.socket]] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End at once, open connections with it."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """Remember the connection, then serve it in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """Keep what went wrong inside the simulator; clients that hang up are no matter."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            self._violations.append(f"the simulator crashed: {error!r}")
