"""RFC 3161 timestamps: every one that is there must be a trusted authority's, over this signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response

from app.adapters.sigstore_verifier.bundle import MAX_STAMPS
from app.adapters.sigstore_verifier.certificates import UNREADABLE
from app.adapters.sigstore_verifier.reasons import Refused
from app.adapters.sigstore_verifier.trust_root import Authority

_MAX_BYTES = 64 * 1024
_LEAF_AND_ROOT = 2


def verify_stamps(
    stamps: Sequence[bytes], messages: Sequence[bytes], authorities: Sequence[Authority]
) -> tuple[datetime, ...]:
    """Return the times that trusted authorities stamped on one of `messages`; one stamp that fits none refuses all."""
    if len(stamps) > MAX_STAMPS:
        raise Refused("too-many-timestamps")
    responses = [_decode(stamp) for stamp in stamps]
    # One by itself is no duplicate, and the token is written anew each time it is asked for.
    if len(responses) > 1 and len({response.time_stamp_token() for response in responses}) != len(responses):
        raise Refused("duplicate-timestamp")
    return tuple(_verify(response, messages, authorities) for response in responses)


def _decode(stamp: bytes) -> TimeStampResponse:
    if len(stamp) > _MAX_BYTES:
        raise Refused("timestamp-malformed")
    try:
        return decode_timestamp_response(stamp)
    except ValueError as error:
        raise Refused("timestamp-malformed") from error


def _verify(response: TimeStampResponse, messages: Sequence[bytes], authorities: Sequence[Authority]) -> datetime:
    try:
        moment = response.tst_info.gen_time.astimezone(UTC)
    except UNREADABLE as error:
        raise Refused("timestamp-invalid") from error
    # Those in force come first, and the first that vouches decides: a root may name many that are not.
    for in_force in (True, False):
        chosen = [authority for authority in authorities if authority.window.covers(moment) is in_force]
        if any(_vouches(authority, response, message) for authority in chosen for message in messages):
            if in_force:
                return moment
            raise Refused("timestamp-authority-expired")
    raise Refused("timestamp-invalid")


def _vouches(authority: Authority, response: TimeStampResponse, message: bytes) -> bool:
    if len(authority.chain) < _LEAF_AND_ROOT:
        return False
    builder = VerifierBuilder(
        tsa_certificate=authority.chain[0],
        intermediates=list(authority.chain[1:-1]),
        roots=[authority.chain[-1]],
    )
    try:
        return builder.build().verify_message(response, message)
    except (VerificationError, *UNREADABLE):
        return False
