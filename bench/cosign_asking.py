"""One form written by cosign, and asked for of both tools."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from app.cli import main as assay
from bench.cosign_attaching import attach
from bench.cosign_rows import KEYS, Row
from bench.cosign_tools import IDENTITY, PREDICATES, Tools
from bench.private_services import ISSUER


@dataclass(frozen=True, slots=True)
class How:
    """How it is asked: for another signer than the right one; with a log or timestamp demanded."""

    other: bool = False
    log: bool = True


USUAL = How()


def write(tools: Tools, row: Row, image: str) -> tuple[bool, str]:
    """Let cosign write the row."""
    if row.attached:
        return attach(tools, row, image)
    options = [tools.filled(option) for option in row.options]
    if not row.keyless:
        options += ["--key", f"{row.signer}.key"]
    if row.verb == "attest":
        file = row.type if row.type in PREDICATES else "predicate"
        options += ["--type", row.type, "--predicate", f"{file}.json"]
    return tools.run(row.verb, "-y", *options, image)


def by_cosign(tools: Tools, row: Row, image: str, how: How = USUAL) -> tuple[bool, str]:
    """Ask cosign whether the signer (or another) vouches for the image."""
    options = ["--new-bundle-format=false"] if row.legacy else ["--new-bundle-format=true"]
    if tools.version >= 3 or not row.legacy:
        options += ["--trusted-root", "trusted_root.json"]
    options += _who(row, other=how.other)
    if not how.log or row.stamped:
        options.append("--insecure-ignore-tlog=true")
    if any(option == "--timestamp-server-url" or "{config-" in option for option in row.options):
        options += ["--use-signed-timestamps"]
        if tools.version < 3 and row.legacy:
            options += ["--timestamp-certificate-chain", "tsa.pem"]
    options += _hash(row)
    if "--registry-referrers-mode" in row.options:
        options.append("--experimental-oci11")
    verb = ["verify-attestation", "--type", row.type] if row.type else ["verify"]
    return tools.run(*verb, *options, image)


def _hash(row: Row) -> list[str]:
    """Return the flag without which cosign does not verify what it signs with a key of another size."""
    wanted = {"ecdsa-p384": "sha384", "ecdsa-p521": "sha512", "ed25519": "sha512"}.get(row.signer)
    return [] if wanted is None else ["--signature-digest-algorithm", wanted]


def by_assay(tools: Tools, row: Row, image: str, how: How = USUAL) -> tuple[bool, str]:
    """Ask the command line of Assay the same, in this process."""
    done = CliRunner().invoke(assay, assay_arguments(tools, row, image, how))
    if done.exit_code not in (0, 1, 3) or not done.stdout.startswith("{"):
        return False, f"exit {done.exit_code}: {done.output[-300:]}"
    return done.exit_code == 0, _asked(done.stdout) if done.exit_code else ""


def assay_arguments(tools: Tools, row: Row, image: str, how: How = USUAL) -> list[str]:
    """Return the words of the command line of Assay."""
    options = [
        *_who(row, other=how.other, folder=tools.folder),
        "--trusted-root",
        str(tools.folder / "trusted_root.json"),
    ]
    if not how.log and not row.keyless:
        options.append("--insecure-ignore-tlog")
    if row.type:
        options += ["--type", row.type]
    if tools.repository:
        options += ["--signatures-in", tools.repository]
    return ["verify", *options, "--format", "json", image]


def _asked(text: str) -> str:
    read = json.loads(text)
    return "; ".join(
        f"{one.get('word')}: {one.get('reason') or one.get('sentence') or one}" for one in read.get("asked", [])
    )[:300]


def _who(row: Row, *, other: bool, folder: Path = Path()) -> list[str]:
    if row.keyless:
        identity = IDENTITY.replace("main", "other") if other else IDENTITY
        return ["--certificate-identity", identity, "--certificate-oidc-issuer", ISSUER]
    kind = row.signer if not other else next(one for one in KEYS if one != row.signer)
    return ["--key", str(folder / f"{kind}.pub")]
