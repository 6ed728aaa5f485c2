"""Registries to be asked: the loopback fake, Debian's, crane's; and jobs that ask them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.adapters.oci_registry import OciRegistries, OciRegistry, RegistrySettings
from app.core.oci import ANONYMOUS, Audience
from tests.adapters.oci.places import QUICK, Open, Place
from tests.fakes.http_store import HttpStore
from tests.fakes.loopback import free_port
from tests.fakes.registry import FakeRegistry


@pytest.fixture
def open_registry() -> Iterator[Open]:
    """Open a job; further arguments are fields of `RegistrySettings`, `audience`, or the place that is allowed."""
    with contextlib.ExitStack() as opened:

        def open_(place: FakeRegistry | Place | None, audience: Audience = ANONYMOUS, **more: object) -> OciRegistry:
            allowed = (place.host,) if place is not None else ()
            settings = RegistrySettings(**{"allowed": allowed, "limits": QUICK, **more})  # type: ignore[arg-type]
            registries = OciRegistries(settings)
            opened.callback(registries.close)
            return registries.open(audience)

        yield open_


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    with FakeRegistry() as registry:
        yield registry


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{Path.home() / 'go' / 'bin'}")


def _places() -> list[str]:
    """The registries to be asked: Debian's must be there, those of go-containerregistry are asked where they are."""
    optional = {"crane": "crane_registry", "ggcr-registry": "ggcr_registry"}
    return [
        "fake",
        "fake_without_referrers",
        "docker_registry",
        *(fixture for program, fixture in optional.items() if _program(program)),
    ]


@pytest.fixture(params=_places())
def place(request: pytest.FixtureRequest) -> Place:
    """One registry after the other, each with an empty repository."""
    store = request.getfixturevalue(request.param)
    return Place(store, store.host, f"acme/r{uuid.uuid4().hex[:12]}")


@pytest.fixture
def fake_without_referrers() -> Iterator[FakeRegistry]:
    with FakeRegistry(referrers=False) as registry:
        yield registry


@pytest.fixture(scope="session")
def docker_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStore]:
    """Debian's registry, on loopback, for the whole run."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("Debian's docker-registry is not installed")
    folder = tmp_path_factory.mktemp("docker-registry")
    port = free_port()
    config = folder / "config.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error}\nstorage:\n"
        f"  filesystem: {{rootdirectory: {folder}/data}}\n  delete: {{enabled: true}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n",
        encoding="utf-8",
    )
    with _serving([program, "serve", str(config)], folder, port):
        yield from _filled(HttpStore(f"127.0.0.1:{port}", indexes_referrers=False))


@pytest.fixture(scope="session")
def crane_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStore]:
    """`crane registry serve`, which leaves the referrers API off."""
    port = free_port()
    command = [str(_program("crane")), "registry", "serve", "--address", f"127.0.0.1:{port}"]
    with _serving(command, tmp_path_factory.mktemp("crane"), port):
        yield from _filled(HttpStore(f"127.0.0.1:{port}", indexes_referrers=False))


@pytest.fixture(scope="session")
def ggcr_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStore]:
    """The same registry with the referrers API: built from the folder `referrers_registry`."""
    port = free_port()
    with _serving([str(_program("ggcr-registry")), f"127.0.0.1:{port}"], tmp_path_factory.mktemp("ggcr"), port):
        yield from _filled(HttpStore(f"127.0.0.1:{port}", indexes_referrers=True))


def _filled(store: HttpStore) -> Iterator[HttpStore]:
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def _serving(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={"HOME": str(folder)})
        try:
            _wait_for(process, port, folder)
            yield
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(1200):
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/v2/", timeout=5).close()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            break
    pytest.fail(f"the registry did not start: {(folder / 'log').read_text(errors='replace')[-500:]}")
