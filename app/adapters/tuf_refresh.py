"""Fresh trusted roots over TUF: fetched in the background, proved by python-tuf, the last good one kept on disk.

The Update Framework, specification 1.0.34, client workflow (section 5): python-tuf follows it. What is ours: a session
that carries no credential and follows no redirect, bounds of size and time, and a file that is replaced at once.
"""

from __future__ import annotations

import fcntl
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from tuf.api.exceptions import DownloadError, DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater
from urllib3.exceptions import HTTPError

from app.adapters.kept_roots import KeptRoot, KeptRoots, TufSource
from app.core.errors import Error, Unavailable
from app.core.network import WayOut

DIRECTLY: Final = WayOut()
_TARGET = "trusted_root.json"
_LARGEST = 1024 * 1024
_CHUNK = 16 * 1024
_WAIT = (5.0, 10.0)
_OK = 200
# No role is delegated to: both repositories hold the file among their top-level targets.
_BOUNDS = {"max_root_rotations": 64, "max_delegations": 0, "targets_max_length": _LARGEST}


class TufRefresh:
    """Fetches roots into `folder`; `check` raises `core.errors.Error` for a root that cannot be used.

    A refresh has so many `seconds`.
    """

    seconds = 120.0

    def __init__(
        self, folder: Path, clock: Callable[[], datetime], check: Callable[[bytes], object], way: WayOut = DIRECTLY
    ) -> None:
        self._kept = KeptRoots(folder, check)
        self._clock = clock
        self._way = way

    def last_good(self, source: TufSource) -> KeptRoot | None:
        """Return what was kept, without any request; `None` when there is nothing that can be used."""
        return self._kept.last_good(source)

    def refresh(self, source: TufSource) -> KeptRoot:
        """Fetch and prove the source's root, and keep it; raises `Unavailable` and leaves the last good one in force.

        An older version than one that was proved before is refused (attack AT-030).
        """
        folder = self._kept.place(source)
        try:
            (folder / "metadata").mkdir(parents=True, exist_ok=True, mode=0o700)
            with _alone(folder / "lock"), closing(_Fetcher(time.monotonic() + self.seconds, self._way)) as fetcher:
                root = self._fetched(source, folder, fetcher)
                self._kept.keep(source, root)
        except Exception as error:
            # python-tuf and what is below it leak untyped errors (attack AT-052), and the thread must live on.
            raise Unavailable(_why(error)) from error
        return root

    def _fetched(self, source: TufSource, folder: Path, fetcher: FetcherInterface) -> KeptRoot:
        url = source.url.rstrip("/")
        updater = Updater(
            metadata_dir=str(folder / "metadata"),
            metadata_base_url=f"{url}/",
            target_base_url=f"{url}/targets/",
            fetcher=fetcher,
            config=UpdaterConfig(**_BOUNDS),  # type: ignore[arg-type]  # each of the three is an int
            bootstrap=source.bootstrap,
        )
        updater.refresh()
        target = updater.get_targetinfo(_TARGET)
        if target is None or target.length > _LARGEST:
            raise RepositoryError("no trusted_root.json of a usable size")
        # A path of our own: no name inside the metadata becomes one (attack AT-031).
        fetched = updater.download_target(target, filepath=str(folder / "fetched.json"))
        root = Metadata.from_file(str(folder / "metadata" / "root.json"))
        return KeptRoot(Path(fetched).read_bytes(), root.signed.version, self._clock())


class _Fetcher(FetcherInterface):
    """HTTP with a session of its own for each refresh: no credential, no redirect (attacks AT-089, AT-091)."""

    def __init__(self, deadline: float, way: WayOut) -> None:
        self._deadline = deadline
        self._way = way
        self._responses: list[requests.Response] = []
        self._session = requests.Session()
        # Neither a .netrc nor a proxy's password is taken from the environment.
        self._session.trust_env = False
        self._session.headers = {"User-Agent": "assay", "Accept-Encoding": "identity"}
        if way.ca_file is not None:
            self._session.mount("https://", _Trusting(way.ca_file))

    def close(self) -> None:
        """Let go of every connection, also where python-tuf gave up in the middle of an answer."""
        for response in self._responses:
            response.close()
        self._session.close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        self._in_time()
        proxy = self._way.proxy_for(urlsplit(url).hostname or "")
        proxies = {} if proxy is None else {"https": proxy, "http": proxy}
        response = self._session.get(url, stream=True, allow_redirects=False, timeout=_WAIT, proxies=proxies)
        self._responses.append(response)
        if response.status_code != _OK:
            raise DownloadHTTPError("answered with another status", response.status_code)
        return self._chunks(response)

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        try:
            # What has arrived, however little: a server that drips must not hold the deadline up.
            while chunk := response.raw.read1(_CHUNK, decode_content=False):
                self._in_time()
                yield chunk
        except HTTPError as error:
            raise DownloadError("broke off") from error

    def _in_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise DownloadError("took too long")


class _Trusting(HTTPAdapter):
    """Believes the operator's certificate authorities besides the public ones."""

    def __init__(self, ca_file: str) -> None:
        self._context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        self._context.load_verify_locations(cafile=ca_file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's signature
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def cert_verify(self, *_: object, **__: object) -> None:
        """Leave the pool as it was made: the context decides."""


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes of this machine out of the folder; raises `BlockingIOError` when one is in it."""
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _why(error: Exception) -> str:
    match error:
        case ExpiredMetadataError():
            return "the metadata of its source has expired"
        case DownloadError():
            return "its source does not answer as it should"
        case RepositoryError() | Error():
            return "what its source serves was refused"
        case BlockingIOError():
            return "another process is refreshing it"
        case OSError():
            return "its folder cannot be written to"
        case _:
            return "what its source serves cannot be read"
