"""Sign with the real cosign in every form that it writes offline, and verify with both.

    COSIGN_V2=… COSIGN_V3=… python -m bench.cosign_agreement [--registry HOST:PORT] [--only TEXT]

Needs cosign 2 or 3 or both (the two variables, or `cosign` in PATH) and Debian's docker-registry or a registry on
loopback. The private Sigstore answers on loopback as authority, log and timestamp authority, so keyless signing is
whole as well. Each form is written to an image of its own, and then asked for four times of `cosign verify` (or
`verify-attestation`) and of `assay verify`: by the right signer, by another, with the log asked for where there is
none, and after all of it was copied to another image. Exit code 1 when the two disagree for a reason that is not
listed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.oci import Digest
from bench.cosign_asking import USUAL, How, by_assay, by_cosign, write
from bench.cosign_rows import Row, rows
from bench.cosign_tools import Tools, cosigns, prepare, registry
from bench.private_services import PrivateServices, present
from bench.signature_store import Store
from tests.fakes.sigstore import PrivateSigstore

EXPLAINED: tuple[tuple[str, str], ...] = (
    (
        r".*\bspdx, the signer",
        "SPDX as tag-value text: no predicate that is an object, so unreadable; cosign 3 refuses it too",
    ),
    (
        r"\.sig, ecdsa-p(384|521) key, log 1, the signer",
        "cosign checks the logged signature with SHA-256, whatever its flag says",
    ),
    (r".*ed25519 key.*, the signer", "cosign signs with Ed25519ph (pre-hashed) and verifies Ed25519: not even its own"),
    (
        r"\.att, keyless, log 1, stamp, the signer",
        "cosign 3 stamps the signature and looks for a stamp on the envelope",
    ),
)
"""Row and question, and why one of the two, or both, do not answer as expected."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about one row, with both answers."""

    row: str
    question: str
    cosign: tuple[bool, str]
    assay: tuple[bool, str]
    expected: bool

    @property
    def agreed(self) -> bool:
        """Say whether both answer the same, and what was to be answered."""
        return self.cosign[0] == self.assay[0] == self.expected

    @property
    def outcome(self) -> str:
        """Say it in a word or two."""
        if self.agreed:
            return "agree"
        return "DISAGREE" if self.cosign[0] != self.assay[0] else "agree, but wrongly"


def questions(tools: Tools, row: Row, store: Store, name: str) -> Iterator[Asked] | str:
    """Make the row and ask; return why it could not be made."""
    digest = store.image(name, f"{tools.version} {row.name}")
    image = f"{tools.registry}/{name}@{digest}"
    if row.elsewhere:
        tools = replace(tools, repository=f"{tools.registry}/{name}/signatures")
    made, said = write(tools, row, image)
    return _asked_of(tools, row, store, (name, digest)) if made else said


def _asked_of(tools: Tools, row: Row, store: Store, image: tuple[str, Digest]) -> Iterator[Asked]:
    name, digest = image
    written = f"{tools.registry}/{name}@{digest}"
    target = store.image(name, f"{tools.version} {row.name}, another image")
    store.copy_attached(f"{name}/signatures" if row.elsewhere else name, digest, target)
    asked = [
        ("the signer", written, How(log=row.logged), True),
        ("another signer", written, How(other=True, log=row.logged), False),
        ("another image", f"{tools.registry}/{name}@{target}", How(log=row.logged), False),
    ]
    if not row.logged:
        asked.append(("with a log", written, USUAL, False))
    for question, where, how, expected in asked:
        answers = by_cosign(tools, row, where, how), by_assay(tools, row, where, how)
        yield Asked(row.name, question, *answers, expected=expected)


def print_table(tools: Tools, only: str) -> list[Asked]:
    """Ask all rows of one cosign; return the disagreements."""
    store, found, absent = Store(tools.registry), [], []
    said = subprocess.run([tools.cosign, "version"], capture_output=True, text=True, check=False).stdout
    print(f"\ncosign {said.split('GitVersion:')[-1].split()[0]}")
    for number, row in enumerate(one for one in rows(tools.version) if only in one.name):
        made = questions(tools, row, store, f"acme/v{tools.version}r{number}")
        if isinstance(made, str):
            absent.append((row.name, made))
            continue
        asked = list(made)
        found += asked
        cells = ", ".join(f"{one.question} {one.outcome}" for one in asked)
        print(f"  {row.name:48} {cells}", flush=True)
    print(
        f"  {len({one.row for one in found})} forms, {len(found)} questions, {sum(one.agreed for one in found)} agree"
    )
    for name, why in absent:
        print(f"  not made: {name}: {why}")
    wrong = [one for one in found if not one.agreed]
    for one in wrong:
        answers = f"cosign {_said(one.cosign)}\n    assay {_said(one.assay)}"
        print(f"  {one.row}, {one.question}\n    {answers}\n    why: {explained(one) or 'UNEXPLAINED'}")
    return [one for one in wrong if explained(one) is None]


def explained(one: Asked) -> str | None:
    """Return why the answers are not what was expected."""
    return next((why for pattern, why in EXPLAINED if re.fullmatch(pattern, f"{one.row}, {one.question}")), None)


def _said(answer: tuple[bool, str]) -> str:
    return "accepts" if answer[0] else f"refuses: {answer[1]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--registry", help="a registry on loopback that accepts pushes")
    options.add_argument("--only", default="", help="only rows whose name holds this")
    chosen = options.parse_args(arguments)
    programs = cosigns()
    if not programs:
        raise SystemExit("name cosign's programs in COSIGN_V2 and COSIGN_V3")
    now = present()
    sigstore, wrong = PrivateSigstore("private", now), []
    with registry(chosen.registry) as host, PrivateServices(sigstore, now) as services:
        os.environ["ASSAY_ALLOWED_PRIVATE_REGISTRIES"] = host
        for version, cosign in sorted(programs.items()):
            with tempfile.TemporaryDirectory() as folder:
                tools = Tools(cosign, version, Path(folder), host, services)
                prepare(tools, sigstore)
                wrong += print_table(tools, chosen.only)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
