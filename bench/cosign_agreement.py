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
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization

from app import bootstrap
from app.cli import main as assay
from app.cli import outcomes
from app.cli.cosign_types import predicate_type
from app.core.attestation import Word
from app.core.oci import Digest, ImageReference
from app.jobs.ports import Registry
from app.jobs.verify_image import VerifyJob, Wish
from bench.cosign_rows import KEYS, Row, rows
from bench.private_services import ISSUER, PrivateServices, present, token
from tests.fakes.sigstore import Details, PrivateSigstore
from tests.fakes.sigstore.material import make_key, pem

IDENTITY = "https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main"
ROOT = Path(__file__).resolve().parents[1]
PREDICATES: Mapping[str, object] = {
    "vuln": {
        "invocation": {"parameters": None, "uri": "", "event_id": "", "builder.id": ""},
        "scanner": {"uri": "x", "version": "1", "db": {"uri": "", "version": ""}, "result": {"SchemaVersion": 2}},
        "metadata": {"scanStartedOn": "2026-06-01T12:00:00Z", "scanFinishedOn": "2026-06-01T12:00:00Z"},
    },
    "slsaprovenance1": {
        "buildDefinition": {"buildType": "https://ci.example/v1", "externalParameters": {}},
        "runDetails": {"builder": {"id": "https://ci.example"}},
    },
    "slsaprovenance": {"builder": {"id": "https://ci.example"}, "buildType": "https://ci.example/v1"},
    "slsaprovenance02": {"builder": {"id": "https://ci.example"}, "buildType": "https://ci.example/v1"},
    "spdxjson": {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "packages": []},
    "cyclonedx": {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []},
    "openvex": {"@context": "https://openvex.dev/ns/v0.2.0", "statements": []},
    "spdx": "SPDXVersion: SPDX-2.3",
    "link": {
        "_type": "link",
        "name": "x",
        "command": [],
        "materials": {},
        "products": {},
        "byproducts": {},
        "environment": {},
    },
}
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
class Tools:
    """What the rows are made with: one cosign, the folder of its material, a registry, the services."""

    cosign: str
    version: int
    folder: Path
    registry: str
    services: PrivateServices

    def run(self, *arguments: str) -> tuple[bool, str]:
        """Run cosign; return whether it succeeded, and its last line."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "COSIGN_PASSWORD": "",
            "COSIGN_EXPERIMENTAL": "1" if "oci-1-1" in arguments or "--experimental-oci11" in arguments else "0",
            "SIGSTORE_ROOT_FILE": str(self.folder / "authority.pem"),
            "SIGSTORE_REKOR_PUBLIC_KEY": str(self.folder / "rekor.pub"),
            "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": str(self.folder / "ct.pub"),
            "SIGSTORE_TSA_CERTIFICATE_FILE": str(self.folder / "tsa.pem"),
        }
        done = subprocess.run(
            [self.cosign, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = [line for line in done.stderr.splitlines() if line.strip() and "deprecated" not in line]
        return done.returncode == 0, (said or [""])[-1 if "panic:" not in done.stderr else 0][:200]

    def filled(self, option: str) -> str:
        """Fill in the words in braces."""
        words = {
            "{url}": self.services.url,
            "{token}": str(self.folder / "token"),
            "{leaf}": str(self.folder / "leaf.pem"),
            "{chain}": str(self.folder / "authority.pem"),
            "{leaf-key}": str(self.folder / "leaf.key"),
            "{root}": str(self.folder / "trusted_root.json"),
            **{f"{{config-{n}}}": str(self.folder / f"config-{n}.json") for n in (0, 1, 2)},
        }
        for word, value in words.items():
            option = option.replace(word, value)
        return option


def prepare(tools: Tools, sigstore: PrivateSigstore) -> None:
    """Write keys, certificates, roots and predicates where cosign finds them."""
    folder = tools.folder
    for rekor in (0, 1, 2):
        (folder / f"config-{rekor}.json").write_bytes(tools.services.signing_config(rekor))
    (folder / "token").write_text(token(IDENTITY, sigstore.now))
    (folder / "trusted_root.json").write_bytes(sigstore.trusted_root_json())
    chain = (sigstore.authority.certificate, sigstore.root.certificate)
    (folder / "authority.pem").write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))
    stamping = (sigstore.timestamps.issuer.certificate, sigstore.tsa_root.certificate)
    (folder / "tsa.pem").write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in stamping))
    (folder / "rekor.pub").write_bytes(pem(sigstore.rekor1.key.public_key()))
    (folder / "ct.pub").write_bytes(pem(sigstore.ct.key.public_key()))
    key, certificate = sigstore.certify(sigstore.signer(IDENTITY, ISSUER), sigstore.now, Details())
    (folder / "leaf.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "predicate.json").write_text('{"x": "y"}')
    for name, predicate in PREDICATES.items():
        (folder / f"{name}.json").write_text(predicate if isinstance(predicate, str) else json.dumps(predicate))
    for name, private in {**{kind: make_key(kind, kind) for kind in (*KEYS,)}, "leaf": key}.items():
        raw = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{name}.raw").write_bytes(raw)
        (folder / f"{name}.pub").write_bytes(pem(private.public_key()))
        made, said = tools.run("import-key-pair", "--key", f"{name}.raw", "--output-key-prefix", f"{name}.new", "-y")
        if made:
            (folder / f"{name}.new.key").rename(folder / f"{name}.key")
        else:
            print(f"cosign {tools.version} cannot import a key of type {name}: {said}")


@dataclass(frozen=True, slots=True)
class How:
    """How it is asked: for another signer than the right one; with a log or timestamp demanded."""

    other: bool = False
    log: bool = True


USUAL = How()


class Store:
    """The pushing half of a registry, as far as images and copies of signatures need it."""

    def __init__(self, host: str) -> None:
        self.host = host

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes, str]:
        """Ask; return status, body and Location."""
        url = path if path.startswith("http") else f"http://{self.host}{path}"
        accepted = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
        headers = {"Content-Type": kind or "application/octet-stream", "Accept": accepted}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read(), answer.headers.get("Location", "")
        except urllib.error.HTTPError as error:
            return error.code, error.read(), ""

    def blob(self, name: str, content: bytes) -> dict[str, object]:
        """Push a blob; return its size and digest."""
        digest = str(Digest.of(content))
        _, _, where = self.ask("POST", f"/v2/{name}/blobs/uploads/", b"")
        where = where if where.startswith("http") else f"http://{self.host}{where}"
        mark = "&" if "?" in where else "?"
        self.ask("PUT", f"{where}{mark}digest={digest}", content)
        return {"digest": digest, "size": len(content)}

    def manifest(self, name: str, tag: str, manifest: Mapping[str, object]) -> Digest:
        """Push a manifest under a tag; with no tag under its digest."""
        content = json.dumps(manifest).encode()
        digest = Digest.of(content)
        status, said, _ = self.ask("PUT", f"/v2/{name}/manifests/{tag or digest}", content, str(manifest["mediaType"]))
        if status != 201:
            raise SystemExit(f"the registry refuses a manifest: {status} {said!r}")
        return digest

    def image(self, name: str, text: str) -> Digest:
        """Push an image index with one image, unlike every other."""
        layer = self.blob(name, text.encode())
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
        )
        image = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **self.blob(name, config.encode())},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **layer}],
        }
        return self.manifest(name, "", image)

    def copy_attached(self, name: str, source: Digest, target: Digest) -> None:
        """Hang everything that is attached to one image onto another, as a thief would."""
        for suffix in (".sig", ".att"):
            status, content, _ = self.ask("GET", f"/v2/{name}/manifests/sha256-{source.hex}{suffix}")
            if status == 200:
                self.manifest(name, f"sha256-{target.hex}{suffix}", json.loads(content))
        moved = []
        for entry in self._referrers(name, source):
            _, content, _ = self.ask("GET", f"/v2/{name}/manifests/{entry['digest']}")
            manifest = json.loads(content)
            manifest["subject"] = {**manifest["subject"], "digest": str(target)}
            raw = json.dumps(manifest).encode()
            self.manifest(name, "", manifest)
            moved.append({**entry, "digest": str(Digest.of(raw)), "size": len(raw)})
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": moved}
        if moved:
            self.manifest(name, f"sha256-{target.hex}", index)

    def _referrers(self, name: str, digest: Digest) -> list[dict[str, object]]:
        status, content, _ = self.ask("GET", f"/v2/{name}/referrers/{digest}")
        if status != 200:
            status, content, _ = self.ask("GET", f"/v2/{name}/manifests/sha256-{digest.hex}")
        return list(json.loads(content)["manifests"]) if status == 200 else []


def write(tools: Tools, row: Row, image: str) -> tuple[bool, str]:
    """Let cosign write the row."""
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
    made, said = write(tools, row, image)
    return _asked_of(tools, row, store, (name, digest)) if made else said


def _asked_of(tools: Tools, row: Row, store: Store, image: tuple[str, Digest]) -> Iterator[Asked]:
    name, digest = image
    written = f"{tools.registry}/{name}@{digest}"
    target = store.image(name, f"{tools.version} {row.name}, another image")
    store.copy_attached(name, digest, target)
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


def print_times(tools: Tools, rounds: int) -> None:
    """Time both on one image with one attestation, as processes and, of Assay, in process."""
    store, row = (
        Store(tools.registry),
        next(one for one in rows(tools.version) if one.name == ".att, keyless, log 1 (dsse)"),
    )
    digest = store.image("acme/timed", f"timed {tools.version}")
    image = f"{tools.registry}/acme/timed@{digest}"
    made, said = write(tools, row, image)
    if not made:
        print(f"  not timed: {said}")
        return
    arguments = assay_arguments(tools, row, image)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def process() -> bool:
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    job, settings = _job(tools, row), outcomes.settings()
    reference, held = ImageReference.parse(image), bootstrap.terminal_registry(settings)

    def judged(registry: Registry) -> bool:
        found = job.image(image, reference, bootstrap.gatherer(job, registry))
        return {one.word for one in found.asked} == {Word.VERIFIED}

    timed = {
        "cosign verify-attestation, process": lambda: by_cosign(tools, row, image)[0],
        "assay verify, process": process,
        "the command in process, everything anew": lambda: by_assay(tools, row, image)[0],
        "the job in process, nothing known of the registry": lambda: judged(bootstrap.terminal_registry(settings)),
        "the job in process, connections kept": lambda: judged(held),
    }
    spent: dict[str, list[float]] = {name: [] for name in timed}
    for name, work in timed.items():
        if not work():
            print(f"  not timed: {name} refuses")
            return
    # In turns, so that whatever else the machine does slows all of them down.
    for _ in range(rounds):
        for name, work in timed.items():
            spent[name].append(_seconds(work))
    cosign = spent["cosign verify-attestation, process"]
    for name, seconds in spent.items():
        median, least = statistics.median(seconds), min(seconds)
        faster = f"{statistics.median(cosign) / median:.1f} (least {min(cosign) / least:.1f}) times faster than cosign"
        print(f"  {name:50} median {median * 1000:6,.1f} ms, least {least * 1000:6,.1f} ms: {faster}")


def _job(tools: Tools, row: Row) -> VerifyJob:
    wish = Wish(identity=IDENTITY, issuer=ISSUER, types=(predicate_type(row.type),))
    return bootstrap.verify_job(wish, outcomes.settings(), tools.folder / "trusted_root.json")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextlib.contextmanager
def registry(given: str | None) -> Iterator[str]:
    """Use the registry that is given, or start Debian's."""
    if given is not None:
        yield given
        return
    program = shutil.which("docker-registry")
    if program is None:
        raise SystemExit("install docker-registry, or name one on loopback with --registry HOST:PORT")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yml")
        config.write_text(
            "version: 0.1\nlog: {level: error}\nstorage:\n"
            f"  filesystem: {{rootdirectory: {folder}/data}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
        )
        quiet = subprocess.DEVNULL
        with subprocess.Popen([program, "serve", str(config)], stdout=quiet, stderr=quiet) as process:
            try:
                for _ in range(100):
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                        break
                    time.sleep(0.05)
                yield f"127.0.0.1:{port}"
            finally:
                process.terminate()


def cosigns() -> dict[int, str]:
    found = {n: os.environ[f"COSIGN_V{n}"] for n in (2, 3) if os.environ.get(f"COSIGN_V{n}")}
    program = shutil.which("cosign")
    if program is not None and not found:
        said = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
        found[3 if "v3." in said else 2] = program
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--registry", help="a registry on loopback that accepts pushes")
    options.add_argument("--only", default="", help="only rows whose name holds this")
    options.add_argument("--times", action="store_true", help="only the times, no rows")
    options.add_argument("--rounds", type=int, default=7, help="how often each is timed")
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
                wrong += [] if chosen.times else print_table(tools, chosen.only)
                print_times(tools, chosen.rounds)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
