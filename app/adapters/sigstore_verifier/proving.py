"""The steps that prove a signature, in their order, the same for every form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519

from app.adapters.sigstore_verifier.binding import Held, bind_entry, entry_key, is_prehashed
from app.adapters.sigstore_verifier.certificates import load_certificate, read_signer, signing_key
from app.adapters.sigstore_verifier.chain import verify_certificate
from app.adapters.sigstore_verifier.keys import Digested, Key, fingerprint, read_pem, signature_fits
from app.adapters.sigstore_verifier.log import check_log_window, verify_entry
from app.adapters.sigstore_verifier.material import Material
from app.adapters.sigstore_verifier.reasons import Refused
from app.adapters.sigstore_verifier.timestamps import verify_stamps
from app.adapters.sigstore_verifier.trust_root import TrustedRoot
from app.core.attestation import PublicKey, Signer

_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proved:
    """A proved signature: by whom, at which times, whether a log vouches; `named` is false for a key nobody named."""

    signer: Signer
    times: tuple[datetime, ...]
    logged: bool
    named: bool = True

    @property
    def verified_at(self) -> datetime | None:
        """The latest proved time; `None` when nothing proves one."""
        return max(self.times, default=None)


@dataclass(frozen=True, slots=True)
class Judging:
    """What signatures are judged by: the trusted root, the keys a policy names, and the present."""

    root: TrustedRoot
    keys: Sequence[PublicKey]
    now: datetime


def prove(material: Material, signed: bytes | Digested, judging: Judging) -> Proved:
    """Prove who signed `signed`, and when; raises `Refused` at the first step that fails."""
    times = _prove_times(material, judging)
    if material.certificate is None:
        return _prove_key(material, signed, times, judging)
    # Keyless, 4: without a time that somebody trusted states, a certificate of ten minutes proves nothing.
    if not times:
        raise Refused("no-verified-time")
    # 5. The certificate: what it may do, whom it names, its chain at every time, its SCT.
    certificate = load_certificate(material.certificate)
    key, signer = signing_key(certificate), read_signer(certificate)
    verify_certificate(certificate, times, judging.root)
    # 6. The signature itself.
    if not signature_fits(key, material.signature, signed):
        raise Refused("signature-invalid")
    # 7. The log entry is of this signature and no other.
    if material.entry is not None:
        bind_entry(material.entry, Held(material, signed, certificate))
    return Proved(signer, times, logged=material.entry is not None)


def _prove_times(material: Material, judging: Judging) -> tuple[datetime, ...]:
    # 1. Every timestamp that is there.
    times = verify_stamps(material.stamps, material.stamped, judging.root.timestamp_authorities)
    # 2. The log entry, where there is one.
    if material.entry is not None:
        logs = judging.root.logs
        promised = verify_entry(material.entry, logs, promise_suffices=material.promise_suffices)
        # Rekor v2 promises no time: its key is held against the stamps.
        entered = (promised,) if promised is not None else times
        if not entered:
            raise Refused("no-verified-time")
        check_log_window(material.entry, logs, entered)
        times = times if promised is None else (*times, promised)
    # 3. Nobody signs tomorrow.
    if any(moment > judging.now + _CLOCKS_DIFFER for moment in times):
        raise Refused("time-in-future")
    return times


def _prove_key(material: Material, signed: bytes | Digested, times: tuple[datetime, ...], judging: Judging) -> Proved:
    logged = material.entry is not None
    # Key, 4: a named key that fits, and was in force at every proved time.
    fitting = [
        (named, key) for named, key in _readable(judging.keys) if signature_fits(key, material.signature, signed)
    ]
    if fitting:
        if material.entry is not None:
            bind_entry(material.entry, Held(material, signed, fitting[0][1]))
        return Proved(Signer(key=_in_force([named for named, _ in fitting], times)), times, logged)
    # 5. No named key: what the log entry says of its key is held against the signature, so that an intact signature
    # of a stranger is told apart from a broken one.
    key = None if material.entry is None else entry_key(material.entry)
    if material.entry is None:
        return Proved(Signer(key="unknown"), times, logged, named=False)
    if key is None or not signature_fits(key, material.signature, signed):
        # cosign signs with Ed25519ph, for which there is no reader here: that is no proof of anything wrong.
        unread = isinstance(key, ed25519.Ed25519PublicKey) and is_prehashed(material.entry)
        raise Refused("key-unsupported" if unread else "signature-invalid")
    bind_entry(material.entry, Held(material, signed, key))
    return Proved(Signer(key=fingerprint(key)), times, logged, named=False)


def _readable(keys: Sequence[PublicKey]) -> list[tuple[PublicKey, Key]]:
    read = []
    for named in keys:
        try:
            read.append((named, read_pem(named.pem)))
        except Refused:
            # Its author is told by the policy; a key that cannot be read verifies nothing.
            continue
    return read


def _in_force(keys: Sequence[PublicKey], times: Sequence[datetime]) -> str:
    for key in keys:
        bounded = key.not_before is not None or key.not_after is not None
        if (times or not bounded) and all(_covers(key, moment) for moment in times):
            return key.name
    raise Refused("key-not-in-force" if times else "key-time-unknown")


def _covers(key: PublicKey, moment: datetime) -> bool:
    return (key.not_before is None or key.not_before <= moment) and (key.not_after is None or moment <= key.not_after)
