"""What a command loads: what it does not need costs its user a second, each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from app.core.attestation import Form
from app.core.oci import Digest
from tests.cli.conftest import IDENTITY, ISSUER, KEYLESS, Desktop
from tests.conftest import ROOT
from tests.fakes.layout import Layout

SERVERS = {"dbos", "flask", "githubkit", "gunicorn", "sqlalchemy", "psycopg", "werkzeug"}
"""What the web and the worker need."""

RENDERING = {"markdown", "nh3", "pygments", "rich"}
PROVING = {"pydantic", "rfc3161_client", "sigstore.models", "tuf"}
KEYS = {"cryptography"}

NETWORK = {"httpx", "requests", "urllib3"}
FORMATS = {"yaml"}
JUDGING = {"app.admission", "app.policy", "app.predicates"}

_LISTING = """
import sys, json
from app.cli import main
try:
    main(sys.argv[1:], prog_name="assay")
except SystemExit as end:
    code = end.code or 0
print(json.dumps({"code": code, "loaded": sorted(sys.modules)}), file=sys.stderr)
"""


def loaded(*arguments: str, settings: dict[str, str] | None = None) -> tuple[int, set[str]]:
    """Run a command in a process of its own; return its exit code, and the modules that it loaded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    done = subprocess.run(
        [sys.executable, "-c", _LISTING, *arguments],
        cwd=ROOT,
        env={**environment, **(settings or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stderr.splitlines()[-1])
    return told["code"], set(told["loaded"])


def needless(modules: set[str], *kinds: Iterable[str]) -> set[str]:
    return modules & {name for kind in kinds for name in kind}


def test_help_loads_nothing_but_the_command_line() -> None:
    code, modules = loaded("--help")
    assert (code, needless(modules, SERVERS, RENDERING, PROVING, KEYS, NETWORK, FORMATS)) == (0, set())


def test_the_help_of_a_command_loads_nothing_more() -> None:
    code, modules = loaded("verify", "--help")
    assert (code, needless(modules, SERVERS, RENDERING, PROVING, KEYS, NETWORK, FORMATS)) == (0, set())


def test_images_loads_nothing_that_judges_verifies_or_asks_a_network(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False))
    code, modules = loaded("images", "--repo", str(desktop.folder), "main", "bump")
    assert (code, needless(modules, SERVERS, RENDERING, JUDGING, PROVING, KEYS, NETWORK)) == (0, set())


def test_policies_loads_nothing_that_finds_images_verifies_or_asks_a_network(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False))
    code, modules = loaded("policies", "--repo", str(desktop.folder), "main", "bump")
    assert (code, needless(modules, SERVERS, RENDERING, {"app.formats"}, PROVING, NETWORK)) == (0, set())


def test_validate_loads_nothing_that_verifies_or_asks_a_network(tmp_path: Path) -> None:
    (tmp_path / "assay.yml").write_text("version: 1\n", encoding="utf-8")
    code, modules = loaded("validate", str(tmp_path / "assay.yml"))
    assert (code, needless(modules, SERVERS, RENDERING, PROVING, NETWORK)) == (0, set())


def test_check_loads_neither_database_nor_queue_nor_web(desktop: Desktop) -> None:
    desktop.bump(desktop.image(), desktop.policy())
    arguments = ("check", "--repo", str(desktop.folder), "main", "bump")
    code, modules = loaded(*arguments, settings=desktop.settings)
    assert (code, needless(modules, SERVERS - {"githubkit"})) == (0, set())


def test_replay_loads_neither_database_nor_queue_nor_web(desktop: Desktop) -> None:
    desktop.bump(desktop.image(), desktop.policy())
    arguments = ("replay", "--repo", str(desktop.folder), "--branch", "bump")
    code, modules = loaded(*arguments, settings=desktop.settings)
    assert (code, needless(modules, SERVERS - {"githubkit"})) == (0, set())


def _image(desktop: Desktop, form: Form) -> str:
    """Push an image that is signed in this form alone."""
    image = desktop.image(signed=False)
    digest = Digest.parse(image.partition("@")[2])
    signer = desktop.sigstore.signer(IDENTITY, ISSUER)
    held = desktop.sigstore.sign(digest, f"{desktop.registry.host}/acme/api", signer, form=form)
    desktop.registry.attach(held, "acme/api")
    return image


def test_verify_loads_no_server_and_no_second_opinion_on_what_that_cannot_read(desktop: Desktop) -> None:
    code, modules = loaded("verify", _image(desktop, Form.LEGACY_SIGNATURE), *KEYLESS, settings=desktop.settings)
    assert (code, needless(modules, SERVERS, {"httpx", "pydantic", "sigstore.models"})) == (0, set())


def test_verify_loads_the_second_opinion_for_a_bundle_and_still_no_server(desktop: Desktop) -> None:
    code, modules = loaded("verify", _image(desktop, Form.BUNDLE), *KEYLESS, settings=desktop.settings)
    assert (code, "sigstore.models" in modules, needless(modules, SERVERS, {"httpx"})) == (0, True, set())


def test_verify_loads_no_network_for_a_layout_on_disk(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    layout = Layout(tmp_path / "layout")
    digest = layout.put_image("acme/api", "1", seed="1")
    signer = desktop.sigstore.signer(IDENTITY, ISSUER)
    layout.attach(desktop.sigstore.sign(digest, "acme/api", signer, form=Form.LEGACY_SIGNATURE), "acme/api")
    code, modules = loaded("verify", f"oci-layout:{layout.folder}", *KEYLESS, settings=desktop.settings)
    assert (code, needless(modules, SERVERS, NETWORK, {"pydantic", "sigstore.models", "tuf"})) == (0, set())
