"""The real cosign with its material, and the registry it signs in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from bench.cosign_rows import KEYS
from bench.private_services import ISSUER, PrivateServices, token
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


@dataclass(frozen=True, slots=True)
class Tools:
    """What the rows are made with: one cosign, the folder of its material, a registry, the services.

    `repository` is where signatures lie besides the image's own, empty for nowhere.
    """

    cosign: str
    version: int
    folder: Path
    registry: str
    services: PrivateServices
    repository: str = ""

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
            **({"COSIGN_REPOSITORY": self.repository} if self.repository else {}),
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
