"""A partial clone that is filled over HTTP, from real git behind a real server on loopback."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory
from tests.fakes.loopback import Loopback, QuietHandler
from tests.fakes.past import Past

SECRET = "Basic " + base64.b64encode(b"ann:hunter2").decode("ascii")


@dataclass
class Served:
    """A repository that is served, to nobody without the password where it is `closed`; what was asked is kept."""

    past: Past
    url: str = ""
    closed: bool = False
    asked: list[str] = field(default_factory=list)


def _handler(served: Served) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name of the library
            self._answer(b"")

        def do_POST(self) -> None:  # noqa: N802 - likewise
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            served.asked.append(f"{self.command} {self.path}")
            if served.closed and self.headers["Authorization"] != SECRET:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(served.past.folder / ".git"),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path.removeprefix("/gitops"),
                "REQUEST_METHOD": self.command,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers["Content-Type"] or "",
                "CONTENT_LENGTH": str(len(body)),
                "GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
                "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
            }
            done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            self.send_response(200)
            for line in head.decode().split("\r\n"):
                self.send_header(*line.split(": ", 1))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture
def served(past: Past) -> Iterator[Served]:
    past.git("config", "uploadpack.allowFilter", "true")
    for number in range(5):
        past.commit({"a.yaml": str(number), "b.yaml": f"b{number}"})
    served = Served(past)
    server = Loopback(_handler(served))
    served.url = f"http://127.0.0.1:{server.port}/gitops"
    yield served
    server.close()


def _filled(served: Served, folder: Path, config: str = "") -> tuple[list[str | None], list[str]]:
    """Return what the clone has of each commit after it was filled, and what was said."""
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(config, encoding="utf-8")
    clone = Past(folder / "partial")
    served.past.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{served.past.folder}", str(clone.folder))
    clone.git("config", "remote.origin.url", served.url)
    clone.git("config", "credential.helper", f"!touch {folder}/ran; false #")
    history = GitHistory(str(clone.folder))
    said: list[str] = []
    bringer = history.bringer(lambda _: True, {"PATH": os.environ["PATH"], "HOME": str(home)}, said.append)
    assert bringer is not None
    tip = history.resolve("main")
    bringer.changes(list(history.line(tip)))
    commits = [one.commit for one in history.newest_first(tip)]
    found = [file.text for commit in commits for file in history.read(commit, ("a.yaml", "b.yaml")).values()]
    history.close()
    assert not (folder / "ran").exists()
    return found, said


def test_everything_comes_in_two_requests(served: Served, tmp_path: Path) -> None:
    found, _ = _filled(served, tmp_path)
    assert (found, served.asked) == (
        ["4", "b4", "3", "b3", "2", "b2", "1", "b1", "0", "b0"],
        ["GET /gitops/info/refs?service=git-upload-pack", "POST /gitops/git-upload-pack"],
    )


def test_the_credentials_are_those_of_whoever_runs_it(served: Served, tmp_path: Path) -> None:
    served.closed = True
    own = '[credential]\n\thelper = "!f() { echo username=ann; echo password=hunter2; }; f"\n'
    found, _ = _filled(served, tmp_path, own)
    assert None not in found


def test_nobody_is_asked_for_a_password(served: Served, tmp_path: Path) -> None:
    served.closed = True
    found, said = _filled(served, tmp_path)
    assert (set(found), "could not be fetched" in said[-1], len(served.asked)) == ({None}, True, 1)
