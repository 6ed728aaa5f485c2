"""Records of merges as git notes: seconds and peak memory to verify many, and to join them to a history.

    python -m bench.ledger_notes [COUNT]

A repository of COUNT commits is made, each a merged pull request that brought an image, with one signed record as its
note, in folders as git makes them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.adapters.dsse_key import SigningKey
from app.core.merge_record import Entry, Link, Merge, MergeRecord, payload
from app.core.pull_request import PullRequestRef

ROOT = Path(__file__).parents[1]
START = 1_700_000_000
CLEAN = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
MEASURE = '{{"label":"{0}","value":{1},"better":"lower","at":null,"basis":null,"details":[]}}'
DOCUMENT = """{{"schema":"assay.check/v1","verdict":"OK","effective":"OK","reason":"1 image changed","base_ref":"main",
"policy":{{"commit":"{commit}","path":".github/assay.yml"}},"changes":[{{"repository":"ghcr.io/acme/api",
"artifact":"image","before":null,"after":{{"tag":"1.{number}","digest":null}},"verdict":"OK","evidence":{{"before":null,
"after":{{"digest":"sha256:{digest}","signature":{{"word":"verified"}},"attestations":[],"signed":[],"posture":{{
"measures":{{"vulnerabilities.critical":{critical},"vulnerabilities.high":{high}}}}}}}}}}}],"policies":[],"reviews":[],
"findings":[]}}"""


def main() -> None:
    """Make the repository, and run both commands over it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="ledger-notes-") as made:
        folder = Path(made)
        key = Ed25519PrivateKey.generate()
        public = folder / "ledger.pub"
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        signing = SigningKey(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        repository = folder / "repository.git"
        git(folder, "init", "-q", "--bare", "-b", "main", str(repository))
        git(repository, "fast-import", "--quiet", stdin=b"".join(commits(count)))
        line = git(repository, "rev-list", "--reverse", "main").decode().split()
        git(repository, "fast-import", "--quiet", stdin=b"".join(notes(line, signing)))
        print(f"{count:,} notes, {size(repository) / 2**20:.0f} MiB packed")
        where = ("--repo", str(repository))
        told("verify", "ledger", "verify", "--notes", "assay", *where, "--key", str(public))
        join = ("--ledger", "notes:assay", "--ledger-key", str(public))
        told("history alone", "history", *where, "--no-cache", "--output", str(folder / "alone.jsonl"))
        told("history joined", "history", *where, *join, "--no-cache", "--output", str(folder / "joined.jsonl"))
        joined = (folder / "joined.jsonl").read_text(encoding="utf-8").count('"record of the merge"')
        print(f"{joined:,} events joined to the record of their merge")


def commits(count: int) -> Iterator[bytes]:
    """Write one line of commits, each with another tag of one image."""
    for number in range(1, count + 1):
        words = f"Bump (#{number})"
        text = f"kind: Pod\napiVersion: v1\nspec:\n  containers:\n    - image: ghcr.io/acme/api:1.{number}\n"
        yield (
            f"commit refs/heads/main\ncommitter a <a@example.org> {START + 60 * number} +0000\n"
            f"data {len(words)}\n{words}\nM 100644 inline app.yaml\ndata {len(text)}\n{text}\n"
        ).encode()


def notes(line: list[str], signing: SigningKey) -> Iterator[bytes]:
    """Write a signed record as the note of each commit; git makes the folders."""
    yield b"commit refs/notes/assay\ncommitter a <a@example.org> 1 +0000\ndata 0\n\n"
    link = Link(1)
    for number, commit in enumerate(line, start=1):
        ref = PullRequestRef(1, 7, "acme", "gitops", number)
        at = datetime.fromtimestamp(START + 60 * number, UTC)
        measures = {name: MEASURE.format(name, number % 7) for name in ("critical", "high")}
        document = DOCUMENT.format(commit=commit, digest=f"{number:064x}", number=number, **measures)
        record = MergeRecord(Merge(ref, "main", commit, commit, at, "dana"), document, (), at)
        entry = Entry(7, number, number, signing.sign(payload(record, link)))
        link = Link(number + 1, entry.digest)
        yield b"N inline %s\ndata %d\n%s\n" % (commit.encode(), len(entry.envelope), entry.envelope)


def told(what: str, *arguments: str) -> None:
    """Run Assay and say seconds, peak memory and how it ended."""
    begun = time.monotonic()
    command = ["/usr/bin/time", "-v", str(ROOT / "assay"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    peak = re.search(r"Maximum resident set size \(kbytes\): (\d+)", done.stderr)
    memory = f"{int(peak[1]) // 1024} MiB" if peak else "not measured"
    said = done.stdout if not done.returncode else done.stderr
    print(f"{what}: {time.monotonic() - begun:.1f} s, {memory}, exit {done.returncode}; {said[:80].strip()}")


def size(repository: Path) -> int:
    """Return how much a repository takes on disk."""
    return sum(file.stat().st_size for file in repository.rglob("*") if file.is_file())


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, env=CLEAN).stdout


if __name__ == "__main__":
    main()
