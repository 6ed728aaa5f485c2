"""What cosign can write offline: each form once, with the commands that write it and how it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LEGACY = ("--new-bundle-format=false",)
BUNDLE = ("--new-bundle-format=true",)
NO_LOG = ("--tlog-upload=false",)
STAMPING = ("--timestamp-server-url", "{url}/api/v1/timestamp")
TYPES = (
    "slsaprovenance",
    "slsaprovenance02",
    "slsaprovenance1",
    "vuln",
    "spdx",
    "spdxjson",
    "cyclonedx",
    "openvex",
    "link",
    "custom",
    "https://example.com/predicate/v1",
)
KEYS = ("ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa", "ed25519")


@dataclass(frozen=True, slots=True)
class Row:
    """One form: cosign's `verb` with `options`; `type` is an attestation's, `signer` a key type or "keyless".

    Words in braces are filled in by the program. `legacy` says which of cosign's two readers is to find it; `logged`
    that a log or a timestamp vouches for it; `stamped` that only the timestamp does. `attached` says that it was signed
    elsewhere and attached by cosign, `elsewhere` that it lies in the repository of `COSIGN_REPOSITORY`.
    """

    name: str
    verb: str
    options: tuple[str, ...]
    signer: str = "ecdsa-p256"
    type: str = ""
    legacy: bool = False
    logged: bool = True
    stamped: bool = False
    version: int = 0
    attached: bool = False
    elsewhere: bool = False

    @property
    def keyless(self) -> bool:
        """Say whether a certificate vouches."""
        return self.signer == "keyless"


def rows(version: int) -> Iterator[Row]:
    """Yield the rows that this version of cosign has flags for."""
    plain = ("--use-signing-config=false",) if version >= 3 else ()
    to_log = (*plain, "--rekor-url", "{url}")
    named = (*to_log, "--fulcio-url", "{url}", "--identity-token", "{token}")
    stamping = STAMPING
    yield from _unlogged(plain)
    for kind in KEYS:
        options = (*plain, *NO_LOG, *LEGACY)
        yield Row(f".sig, {kind} key, no log", "sign", options, signer=kind, legacy=True, logged=False)
        yield Row(f".sig, {kind} key, log 1", "sign", (*to_log, *LEGACY), signer=kind, legacy=True)
        options = (*plain, *NO_LOG, *BUNDLE)
        yield Row(f"bundle, {kind} key, no log", "attest", options, signer=kind, type="vuln", logged=False)
    yield Row(".sig, key, log 1, stamp", "sign", (*to_log, *LEGACY, *stamping), legacy=True)
    yield Row(".sig, keyless, log 1", "sign", (*named, *LEGACY), signer="keyless", legacy=True)
    yield Row(".sig, keyless, log 1, stamp", "sign", (*named, *LEGACY, *stamping), signer="keyless", legacy=True)
    stamped = (*named, *LEGACY, *NO_LOG, *stamping)
    yield Row(".sig, keyless, stamp only", "sign", stamped, signer="keyless", legacy=True, stamped=True)
    mode = (*named, *LEGACY, "--registry-referrers-mode", "oci-1-1")
    yield Row(".sig layers as a referrer (OCI 1.1 experiment)", "sign", mode, signer="keyless", legacy=True)
    for kind in ("dsse", "intoto"):
        entry = ("--rekor-entry-type", kind)
        options = (*named, *LEGACY, *entry)
        yield Row(f".att, keyless, log 1 ({kind})", "attest", options, signer="keyless", type="vuln", legacy=True)
        yield Row(f".att, key, log 1 ({kind})", "attest", (*to_log, *LEGACY, *entry), type="vuln", legacy=True)
    options = (*named, *LEGACY, *stamping)
    yield Row(".att, keyless, log 1, stamp", "attest", options, signer="keyless", type="vuln", legacy=True)
    options = (*named, *BUNDLE)
    yield Row("bundle, keyless, log 1, no stamp", "attest", options, signer="keyless", type="vuln")
    options = ("--certificate", "{leaf}", "--certificate-chain", "{chain}", *to_log, *LEGACY)
    yield Row(
        ".sig, key with its certificate, log 1", "sign", (*options, "--key", "{leaf-key}"), "keyless", legacy=True
    )
    yield from _attached()
    yield from _elsewhere(plain, named)
    if version >= 3:
        yield from _configured()


def _attached() -> Iterator[Row]:
    """Yield what somebody else signed and cosign attaches."""
    more = {"legacy": True, "attached": True}
    yield Row(".sig attached, key, no log", "sign", (), logged=False, **more)
    yield Row(".sig attached, key, log 1", "sign", (), **more)
    yield Row(".sig attached, keyless, log 1", "sign", (), signer="keyless", **more)
    yield Row(".sig attached, keyless, stamp only", "sign", STAMPING, signer="keyless", stamped=True, **more)
    yield Row(".att attached, key, no log", "attest", (), type="vuln", logged=False, **more)


def _elsewhere(plain: tuple[str, ...], named: tuple[str, ...]) -> Iterator[Row]:
    """Yield what lies in another repository."""
    unlogged = (*plain, *NO_LOG)
    more = {"elsewhere": True}
    yield Row(".sig elsewhere, key, no log", "sign", (*unlogged, *LEGACY), legacy=True, logged=False, **more)
    yield Row(".sig elsewhere, keyless, log 1", "sign", (*named, *LEGACY), signer="keyless", legacy=True, **more)
    options = (*unlogged, *LEGACY)
    yield Row(".att elsewhere, key, no log", "attest", options, type="vuln", legacy=True, logged=False, **more)
    options = (*unlogged, *BUNDLE)
    yield Row("bundle elsewhere, key, no log", "attest", options, type="vuln", logged=False, **more)
    yield Row("sign/v1 bundle elsewhere, key, no log", "sign", options, logged=False, **more)


def _unlogged(plain: tuple[str, ...]) -> Iterator[Row]:
    for kind in TYPES:
        for form, flags in ((".att", LEGACY), ("bundle", BUNDLE)):
            options = (*plain, *NO_LOG, *flags)
            name = f"{form}, key, no log, {kind}"
            yield Row(name, "attest", options, type=kind, legacy=form == ".att", logged=False)
    options = (*plain, *NO_LOG)
    yield Row("sign/v1 bundle, key, no log", "sign", (*options, *BUNDLE), logged=False)
    annotated = (*options, *LEGACY, "-a", "team=api")
    yield Row(".sig, key, no log, annotations", "sign", annotated, legacy=True, logged=False)
    recursive = (*options, *LEGACY, "--recursive")
    yield Row(".sig, key, no log, recursive", "sign", recursive, legacy=True, logged=False)


def _configured() -> Iterator[Row]:
    """Yield what cosign 3 writes by its new default: services from a signing configuration."""
    kinds = {0: "stamp only", 1: "log 1, stamp", 2: "log 2, stamp"}
    for rekor, name in kinds.items():
        options = ("--signing-config", f"{{config-{rekor}}}", "--trusted-root", "{root}")
        token = ("--identity-token", "{token}")
        more = {"stamped": rekor == 0}
        yield Row(f"sign/v1 bundle, keyless, {name}", "sign", (*options, *token), signer="keyless", **more)
        yield Row(f"sign/v1 bundle, key, {name}", "sign", options, **more)
        yield Row(f"bundle, keyless, {name}", "attest", (*options, *token), signer="keyless", type="vuln", **more)
        yield Row(f"bundle, key, {name}", "attest", options, type="slsaprovenance1", **more)
