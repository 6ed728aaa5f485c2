"""Which network addresses may be talked to: public ones only, by a table of our own, all answers of a name or none.

The table does not follow the interpreter's opinion, which changed between patch levels (AT-065). A name is resolved
once a job; connections go to the checked address, never to a later answer (AT-066, AT-067).
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.oci_registry.failure import Failure

Resolver = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host name; raises `OSError` when there are none."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA special-purpose registries, and what clouds keep for themselves inside public space.
_CLOSED_V4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Global unicast is the only open part of IPv6: NAT64, SRv6, site-local, unique-local, multicast lie outside of it.
_OPEN_V6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# Never, not even for a registry that the operator allows to be private: they hand out the machine's own identity.
_NEVER: Final = frozenset({"169.254.169.254", "168.63.129.16", "fd00:ec2::254", "100.100.100.200"})
_MAX_ANSWERS: Final = 32
_INNER: Final = (
    *(".localhost", ".localdomain", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".private"),
    *(".arpa", ".svc"),
)


def is_public(text: str) -> bool:
    """Say whether an address literal lies in public unicast space; anything else, and anything odd, does not."""
    address = _read(text)
    if address is None:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def is_loopback(text: str) -> bool:
    """Say whether a host is the machine itself: `localhost`, or a loopback address literal."""
    address = _read(text)
    return text == "localhost" if address is None else address.is_loopback


def is_address(text: str) -> bool:
    """Say whether a host is an address literal."""
    return _read(text) is not None


def is_named_publicly(host: str) -> bool:
    """Say whether a name may be given to a proxy, which alone sees its addresses: no name of an inner network.

    Nor what resolvers take for an address though it is written as none is (`127.1`, `0x7f.0.0.1`, `0177.0.0.1`): no
    public name ends in a number.
    """
    _, dot, last = host.rstrip(".").rpartition(".")
    return bool(dot) and last[:1].isalpha() and not f".{last}".endswith(_INNER)


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver; IPv4 first, since a machine without IPv6 still answers with such addresses."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in sorted(answers, key=lambda answer: answer[0] != socket.AF_INET)]


@dataclass(slots=True)
class AddressBook:
    """The checked addresses of one job's hosts; `timeout` seconds are waited for a resolver."""

    resolver: Resolver
    timeout: float
    _known: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def addresses(self, host: str, port: int, *, allow_private: bool) -> tuple[str, ...]:
        """Return where a host may be reached; raises `Failure` (`refused-address`) when any answer is closed."""
        if not allow_private and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
            raise Failure("refused-address")
        answers = self._answers(host, port)
        if not answers or len(answers) > _MAX_ANSWERS:
            raise Failure("refused-address" if answers else "connection")
        for answer in answers:
            if not (allow_private or is_public(answer)) or answer in _NEVER:
                raise Failure("refused-address")
        return answers

    def _answers(self, host: str, port: int) -> tuple[str, ...]:
        literal = _read(host)
        if literal is not None:
            return (str(literal),)
        with self._lock:
            known = self._known.get((host, port))
        if known is None:
            asked = _ask(self.resolver, (host, port), self.timeout)
            with self._lock:
                # Who was first stays right for the whole job.
                known = self._known.setdefault((host, port), asked)
        return known


def _ask(resolver: Resolver, where: tuple[str, int], timeout: float) -> tuple[str, ...]:
    """Ask in a thread of its own: the machine's resolver knows no timeout."""
    answers: list[str] = []

    def ask() -> None:
        try:
            answers.extend(dict.fromkeys(resolver(*where)))
        except (OSError, UnicodeError):
            answers.clear()

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise Failure("timeout")
    return tuple(answers)


def _read(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
