"""The trusted root: which logs, certificate authorities and timestamp authorities are trusted, and for which time.

Format: protobuf-specs, `sigstore_trustroot.proto`, JSON form. Unknown fields are ignored here, for the file comes from
the operator or from the locked package, and a root that cannot be loaded stops everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from app.adapters.sigstore_verifier.certificates import load_certificate
from app.adapters.sigstore_verifier.keys import Key, read_der, spki
from app.adapters.sigstore_verifier.reading import decode, mapping, read_json, sequence, text
from app.adapters.sigstore_verifier.reasons import Refused
from app.core.errors import Error

_MANY = 1000


class UnusableTrustedRoot(Error):
    """The trusted root file cannot be used; the operator must act."""


@dataclass(frozen=True, slots=True)
class Window:
    """A closed time range; `end` is `None` when it is open."""

    start: datetime
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Say whether the moment lies inside; both ends belong to it."""
        return self.start <= moment and (self.end is None or moment <= self.end)


@dataclass(frozen=True, slots=True)
class LogKey:
    """One key of a transparency log; `hint` are the first four bytes in a checkpoint's signature line."""

    log_id: bytes
    hint: bytes
    key: Key
    window: Window


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate chain, leaf-most first and its root last."""

    chain: tuple[x509.Certificate, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class TrustedRoot:
    """Everything that is trusted."""

    logs: tuple[LogKey, ...]
    certificate_logs: tuple[LogKey, ...]
    authorities: tuple[Authority, ...]
    timestamp_authorities: tuple[Authority, ...]

    @classmethod
    def parse(cls, raw: bytes) -> TrustedRoot:
        """Read `trusted_root.json`; raises `UnusableTrustedRoot`."""
        try:
            root = mapping(read_json(raw, "malformed"), "malformed")
            parsed = cls(
                logs=_logs(root.get("tlogs")),
                certificate_logs=_logs(root.get("ctlogs")),
                authorities=_authorities(root.get("certificateAuthorities")),
                timestamp_authorities=_authorities(root.get("timestampAuthorities")),
            )
        except (Refused, ValueError) as error:
            raise UnusableTrustedRoot("The trusted root is not a well-formed trusted_root.json.") from error
        if not parsed.logs and not parsed.authorities:
            raise UnusableTrustedRoot("The trusted root names neither a transparency log nor a certificate authority.")
        return parsed


def check_root(raw: bytes) -> None:
    """Raise `UnusableTrustedRoot` for bytes that are no usable `trusted_root.json`."""
    TrustedRoot.parse(raw)


def _window(value: object) -> Window:
    window = mapping(value, "malformed")
    # The start is required: a missing bound must not read as unbounded.
    start = _time(window.get("start"))
    return Window(start, None if window.get("end") is None else _time(window["end"]))


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(text(value, "malformed"))
    if moment.tzinfo is None:
        raise Refused("malformed")
    return moment.astimezone(UTC)


def _logs(value: object) -> tuple[LogKey, ...]:
    logs = (mapping(log, "malformed") for log in sequence(value, "malformed", at_most=_MANY))
    return tuple(key for log in logs if (key := _log(log)) is not None)


def _log(log: Mapping[str, Any]) -> LogKey | None:
    public = mapping(log.get("publicKey"), "malformed")
    window = _window(public.get("validFor"))
    try:
        key = read_der(decode(public.get("rawBytes"), "malformed"))
    except Refused as refused:
        if refused.code == "key-unsupported":
            # A log whose key we cannot use vouches for nothing; the others still do.
            return None
        raise
    named = mapping(log.get("logId") or {}, "malformed").get("keyId")
    log_id = hashlib.sha256(spki(key)).digest() if named is None else decode(named, "malformed")
    hint = mapping(log.get("checkpointKeyId") or {}, "malformed").get("keyId")
    return LogKey(log_id, (log_id if hint is None else decode(hint, "malformed"))[:4], key, window)


def _authorities(value: object) -> tuple[Authority, ...]:
    return tuple(
        _authority(mapping(authority, "malformed")) for authority in sequence(value, "malformed", at_most=_MANY)
    )


def _authority(authority: Mapping[str, Any]) -> Authority:
    held = mapping(authority.get("certChain"), "malformed").get("certificates")
    chain = tuple(
        load_certificate(decode(mapping(one, "malformed").get("rawBytes"), "malformed"))
        for one in sequence(held, "malformed", at_most=_MANY)
    )
    if not chain:
        raise Refused("malformed")
    return Authority(chain, _window(authority.get("validFor")))
