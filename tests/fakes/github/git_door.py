"""Git's smart HTTP, as GitHub serves it: git's own program behind GitHub's rules of who may read what."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.github.access import Renamed
from tests.fakes.github.app import App, at_least
from tests.fakes.github.exchange import Refused, Reply
from tests.fakes.github.gitstore import ENVIRONMENT
from tests.fakes.github.repository import Repository
from tests.fakes.github.world import World

PATH: Final = re.compile(r"/([^/]+)/([^/]+?)\.git/(info/refs|git-upload-pack)")
_WANT: Final = re.compile(rb"[0-9a-f]{4}want ([0-9a-f]{40})")
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}
_CONFIG: Final = {"uploadpack.allowFilter": "true", "http.receivepack": "false", "safe.directory": "*"}


@dataclass(frozen=True, slots=True)
class GitRequest:
    """A request of a git client; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class GitDoor:
    """Answers git clients. `filters` may be turned off, as on some enterprise servers."""

    def __init__(self, world: World, app: App) -> None:
        self._world: Final = world
        self._app: Final = app
        self.filters = True

    def answer(self, asked: GitRequest) -> Reply:
        """Return what GitHub answers."""
        match = PATH.fullmatch(asked.path)
        assert match
        try:
            with self._world.change():
                repository = self._admitted(f"{match[1]}/{match[2]}", asked.headers.get("authorization"))
            self._refuse_unreachable(repository, asked)
        except Renamed as renamed:
            new = self._world.repositories[renamed.number]
            url = f"{self._world.api_url}/{new.full_name}.git/{match[3]}?{asked.query}"
            return Reply(status=301, headers={"Location": url}, raw=b"")
        except Refused as refused:
            return Reply(status=refused.status, headers=_CHALLENGE, raw=refused.message.encode())
        return self._served(repository, match[3], asked)

    def _admitted(self, name: str, authorization: str | None) -> Repository:
        repository = self._world.repository(name)
        if repository is None and name.lower() in self._world.former_names:
            raise Renamed(self._world.former_names[name.lower()])
        token = password(authorization)
        if token is None:
            if repository is None or repository.private or repository.deleted:
                raise Refused(401, "Repository not found.")
            return repository
        caller = self._app.caller(f"token {token}")
        if repository is None or repository.deleted or caller.token is None:
            raise Refused(404, "Repository not found.")
        covered = self._app.covers(caller.token.installation, repository.id, caller.token)
        if not (covered and at_least(caller.token.permissions, "contents", "read")) and repository.private:
            raise Refused(404, "Repository not found.")
        return repository

    def _refuse_unreachable(self, repository: Repository, asked: GitRequest) -> None:
        """Refuse commits that no ref of this repository leads to: forks share the objects, not the refs."""
        for oid in {found.decode() for found in _WANT.findall(unpacked(asked))}:
            if repository.git.commit(oid) is not None and not repository.git.git(
                "for-each-ref", "--count=1", f"--contains={oid}"
            ):
                raise Refused(403, f"not our ref {oid}")

    def _served(self, repository: Repository, service: str, asked: GitRequest) -> Reply:
        config = _CONFIG | {"uploadpack.allowFilter": "true" if self.filters else "false"}
        environment = {
            **ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(repository.git.path),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{service}",
            "REQUEST_METHOD": asked.method,
            "QUERY_STRING": asked.query,
            "CONTENT_TYPE": asked.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(asked.body)),
            "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
            "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
            "GIT_CONFIG_COUNT": str(len(config)),
        }
        for number, (key, value) in enumerate(config.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        done = subprocess.run(
            ["git", "http-backend"], input=asked.body, env=environment, capture_output=True, check=False
        )
        return from_cgi(done.stdout)


def password(authorization: str | None) -> str | None:
    """Return the password of basic credentials; raises `Refused` for what is none."""
    if authorization is None:
        return None
    scheme, _, value = authorization.partition(" ")
    try:
        user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise Refused(401, "Bad credentials") from wrong
    if scheme.lower() != "basic" or user != "x-access-token":
        raise Refused(401, "Bad credentials")
    return secret


def unpacked(asked: GitRequest) -> bytes:
    """Return a request's body as it was before it was compressed."""
    return gzip.decompress(asked.body) if asked.headers.get("content-encoding") == "gzip" else asked.body


def from_cgi(output: bytes) -> Reply:
    """Read the answer of a CGI program."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200 OK").split(" ")[0])
    return Reply(status=status, headers=headers, raw=body)
