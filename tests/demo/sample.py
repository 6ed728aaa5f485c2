"""The sample: a GitOps repository of an organization, its images and what is attached to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from app.core.oci import Digest
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.registry import Fault
from tests.fakes.sigstore import KeylessSigner
from tests.fakes.stage import Stage

ISSUER = "https://token.actions.githubusercontent.com"
PROVENANCE = "https://slsa.dev/provenance/v1"
VULNERABILITIES = "https://cosign.sigstore.dev/attestation/vuln/v1"
HARDENING = "https://assay.dev/hardening/v1"

POLICY = """\
version: 1
unmatched: review
signers:
  acme-release:
    issuer: https://token.actions.githubusercontent.com
    identity-pattern: https://github\\.com/acme/[a-z-]+/\\.github/workflows/release\\.yml@refs/tags/v[0-9.]+
images:
  - name: everything we run
    match: ["{registry}/**"]
    signature: [acme-release]
    limits:
      vulnerabilities.critical: 0
    no-regression: true
reviews:
  - name: cluster policies
    paths: ["/policies/**"]
    teams: [acme/security]
    count: 1
"""

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
spec:
  template:
    spec:
      containers:
        - name: {name}
          image: {image}
"""

_CLUSTER_POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: require-labels
spec:
  validationFailureAction: Enforce
  rules:
    - name: owner
      match:
        any:
          - resources:
              kinds: [Pod]
      validate:
        message: "every pod says who owns it{more}"
        pattern:
          metadata:
            labels:
              owner: "?*"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the sample in two versions."""

    repository: str
    path: str
    tags: tuple[str, str]
    digests: tuple[Digest, Digest]

    def manifest(self, host: str, version: int) -> str:
        """Write the deployment that runs one of the versions."""
        name = self.repository.rpartition("/")[2]
        image = f"{host}/{self.repository}:{self.tags[version]}@{self.digests[version]}"
        return _DEPLOYMENT.format(name=name, namespace=self.repository.partition("/")[0], image=image)


class Sample:
    """Sets the stage: three images with two versions each, and a repository that runs the old ones."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.signer: KeylessSigner = stage.sigstore.signer(
            "https://github.com/acme/images/.github/workflows/release.yml@refs/tags/v2.4.1", ISSUER
        )
        self.nginx = self._image("edge/nginx", "apps/nginx.yaml", ("1.27.3", "1.27.4"))
        self.api = self._image("payments/api", "apps/payments-api.yaml", ("2.4.1", "2.4.2"))
        self.busybox = self._image("tools/busybox", "apps/busybox.yaml", ("1.36.1", "1.37.0"))
        self._verified_and_better(self.nginx)
        self._invalid(self.api)
        self._unreachable(self.busybox)
        self.repository = self._gitops()

    @property
    def images(self) -> tuple[Image, ...]:
        """The three images."""
        return (self.nginx, self.api, self.busybox)

    def open_image_bump(self) -> PullRequest:
        """Open the pull request that moves all three images, as an update bot does."""
        host = self.stage.registry.host
        changed = {image.path: image.manifest(host, 1) for image in self.images}
        self.repository.commit("bump", changed, author="renovate[bot]", message="Update images")
        return self.repository.open_pull_request("bump", title="Update images", author="renovate[bot]")

    def open_policy_change(self) -> PullRequest:
        """Open the pull request that rewords a policy's message: it loosens nothing, but the folder is governed."""
        text = _CLUSTER_POLICY.format(more=", so that we know whom to call")
        self.repository.commit("wording", {"policies/require-labels.yaml": text}, author="dana", message="Reword")
        return self.repository.open_pull_request("wording", title="Say why pods need an owner", author="dana")

    def _image(self, repository: str, path: str, tags: tuple[str, str]) -> Image:
        put = self.stage.registry.put_image
        old, new = (put(repository, tag, seed=f"{repository} {tag}") for tag in tags)
        return Image(repository, path, tags, (old, new))

    def _sign(self, image: Image, version: int, of: Digest | None = None) -> None:
        name = f"{self.stage.registry.host}/{image.repository}"
        signed = self.stage.sigstore.sign(of or image.digests[version], name, self.signer)
        self.stage.registry.attach(replace(signed, subject=image.digests[version]), image.repository)

    def _attest(self, image: Image, version: int, kind: str, predicate: dict[str, object]) -> None:
        name = f"{self.stage.registry.host}/{image.repository}"
        bundle = self.stage.sigstore.attest(name, image.digests[version], kind, predicate, self.signer)
        self.stage.registry.attach(bundle, image.repository)

    def _verified_and_better(self, image: Image) -> None:
        scanned = self.stage.now - timedelta(hours=6)
        old = {"CVE-2026-1001": "CRITICAL", "CVE-2026-1002": "HIGH", "CVE-2026-1003": "HIGH", "CVE-2026-1004": "MEDIUM"}
        for version, found in enumerate((old, {"CVE-2026-1004": "MEDIUM"})):
            self._sign(image, version)
            self._attest(image, version, PROVENANCE, _provenance(f"{version + 1}" * 40))
            self._attest(image, version, VULNERABILITIES, _trivy(found, scanned.isoformat()))
        self._attest(image, 1, HARDENING, _HARDENED)

    def _invalid(self, image: Image) -> None:
        # Somebody pushed again after signing: what is attached to the new image signs the old one.
        self._sign(image, 0)
        self._sign(image, 1, of=image.digests[0])

    def _unreachable(self, image: Image) -> None:
        self._sign(image, 0)
        self._sign(image, 1)
        self.stage.registry.fail(Fault(rf"/v2/{image.repository}/(referrers|manifests/sha256-)", status=503))

    def _gitops(self) -> Repository:
        github, host = self.stage.github, self.stage.registry.host
        github.organization("acme", teams={"security": ["alice"]}, members=["alice", "bob", "dana"])
        github.repository("acme/.github")
        repository = github.repository("acme/gitops", private=True)
        repository.grant_team("security", "write")
        for login, role in (("bob", "maintain"), ("dana", "write")):
            repository.grant(login, role)
        files = {image.path: image.manifest(host, 0) for image in self.images}
        files[".github/assay.yml"] = POLICY.format(registry=host)
        files["policies/require-labels.yaml"] = _CLUSTER_POLICY.format(more="")
        repository.commit("main", files, author="bob", message="Run three images under a policy")
        repository.protect("main", ["assay/images: main", "assay/review: main"], app_id=github.app.id)
        return repository


_HARDENED: dict[str, object] = {
    "vulnerabilities": {
        "before": {"critical": 1, "high": 2, "medium": 1, "low": 0, "unknown": 0},
        "after": {"critical": 0, "high": 0, "medium": 1, "low": 0, "unknown": 0},
    },
    "packagesRemoved": ["apt", "bash", "curl", "perl-base"],
    "shell": False,
    "packageManager": False,
    "user": "65532:65532",
    "baseImage": "distroless/static",
}


def _provenance(commit: str) -> dict[str, object]:
    source = "https://github.com/acme/images"
    workflow = {"ref": "refs/tags/v2.4.1", "repository": source, "path": ".github/workflows/release.yml"}
    return {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": workflow},
            "internalParameters": {},
            "resolvedDependencies": [{"uri": f"git+{source}@refs/tags/v2.4.1", "digest": {"gitCommit": commit}}],
        },
        "runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"}, "metadata": {}},
    }


def _trivy(severities: dict[str, str], scanned: str) -> dict[str, object]:
    found = [
        {
            "VulnerabilityID": identifier,
            "PkgName": "libssl3",
            "InstalledVersion": "3.0.11",
            "FixedVersion": "3.0.15",
            "Severity": severity,
        }
        for identifier, severity in severities.items()
    ]
    result = {
        "SchemaVersion": 2,
        "Metadata": {"ImageConfig": {"os": "linux", "architecture": "amd64"}},
        "Results": [{"Target": "debian 12", "Class": "os-pkgs", "Vulnerabilities": found}],
    }
    return {
        "invocation": {},
        "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@0.67.0",
            "version": "0.67.0",
            "db": {"uri": "", "version": scanned},
            "result": result,
        },
        "metadata": {"scanStartedOn": scanned, "scanFinishedOn": scanned},
    }
