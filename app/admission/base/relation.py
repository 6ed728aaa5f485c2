"""How two sets relate: what an edit does to what is covered, before anyone says whether that is good."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace


class Order(enum.Enum):
    """The set after, seen from the set before; EITHER: something is gained and something is lost."""

    EQUAL = "equal"
    WIDER = "wider"
    NARROWER = "narrower"
    EITHER = "incomparable"
    UNKNOWN = "unknown"


_FLIPPED = {Order.WIDER: Order.NARROWER, Order.NARROWER: Order.WIDER}


@dataclass(frozen=True, slots=True)
class Relation:
    """An order with examples: `gained` is covered only after, `lost` only before; `why` says what is not known."""

    order: Order
    gained: str = ""
    lost: str = ""
    why: str = ""

    @property
    def flipped(self) -> Relation:
        """The relation of the complements: wider is narrower."""
        return replace(self, order=_FLIPPED.get(self.order, self.order), gained=self.lost, lost=self.gained)


EQUAL = Relation(Order.EQUAL)


def unknown(why: str) -> Relation:
    """Return the relation of what cannot be compared."""
    return Relation(Order.UNKNOWN, why=why)


def by_change(*, gained: str | None, lost: str | None) -> Relation:
    """Return the relation that examples show; `None` where nothing is gained or lost."""
    orders = {
        (False, False): Order.EQUAL,
        (True, False): Order.WIDER,
        (False, True): Order.NARROWER,
        (True, True): Order.EITHER,
    }
    return Relation(orders[gained is not None, lost is not None], gained or "", lost or "")


def together(relations: Iterable[Relation]) -> Relation:
    """Return the relation of a whole that grows with each of its parts (all of them, or any of them, must hold).

    Parts that go both ways make a whole that is EITHER: what is gained never makes up for what is lost.
    """
    found = [one for one in relations if one.order is not Order.EQUAL]
    orders = {one.order for one in found}
    gained = next((one.gained for one in found if one.gained), "")
    lost = next((one.lost for one in found if one.lost), "")
    if Order.UNKNOWN in orders:
        return unknown(next(one.why for one in found if one.order is Order.UNKNOWN))
    if not orders:
        return EQUAL
    return Relation(orders.pop() if len(orders) == 1 else Order.EITHER, gained, lost)
