"""Files of settings, one a line: `KEY=value`, with sections or without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.inventory import ImageUse
from app.core.yaml import Entry, Mapping, Scalar, Style
from app.formats.base.groups import find_groups
from app.formats.base.keys import keys_of
from app.formats.base.mentions import find_mentions, without_scheme
from app.formats.base.place import Place
from app.formats.base.reference import Claim, claim_of, recognised

_LINE = re.compile(r"\s*+(?:export\s++)?(?P<key>[\w][\w.$/-]*)[ \t]{0,40}(?:[?+:]?=|:)(?P<value>.*)")
_SECTION = re.compile(r"\s*+\[{1,2}([^\[\]]+)\]{1,2}\s*+")
_TRAILING = re.compile(r"\s[#;]")
_QUOTES = ('"', "'")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of settings; `value` is without quotes and without a comment behind it."""

    section: str
    key: Scalar
    value: Scalar


def find_settings(text: str, comments: tuple[str, ...]) -> Iterator[Setting]:
    """Return the settings of a text in their order; a line that ends in a backslash goes on in the next one."""
    section, started, parts = "", 0, list[str]()
    for number, written in enumerate(text.split("\n"), 1):
        line = written.removesuffix("\r")
        if not parts and (not line.strip() or line.lstrip().startswith(comments)):
            continue
        started = started if parts else number
        parts.append(line.removesuffix("\\"))
        if line.endswith("\\"):
            continue
        whole, parts = " ".join(parts), []
        if (head := _SECTION.fullmatch(whole)) is not None:
            section = head[1].strip()
        elif (match := _LINE.fullmatch(whole)) is not None:
            value = _value(match["value"].strip(), started)
            yield Setting(section, Scalar(match["key"], started, text_line=started), value)


def find_assigned(text: str, place: Place, comments: tuple[str, ...], *, sure: bool = False) -> Iterator[ImageUse]:
    """Return the images that settings name: in one of them, or in several (`IMAGE_REPOSITORY` and `IMAGE_TAG`).

    With `sure` a key `image` needs no tag beside the name. What is no setting is searched for whole references.
    """
    known: set[int] = set()
    for some in _together(find_settings(text, comments)):
        inside = place.into(some[0].section) if some[0].section else place
        mapping = Mapping(tuple(Entry(one.key, one.value) for one in some), some[0].key.line)
        groups, taken = find_groups(mapping, inside) if keys_of(mapping).may_be_split else ([], frozenset[str]())
        yield from groups
        for one in some:
            claim = claim_of(one.key.text)
            reference = recognised(without_scheme(one.value.text), claim if sure else min(claim, Claim.LIKELY))
            if one.key.text in taken or reference is not None:
                known |= set(one.value.lines)
            if reference is not None and one.key.text not in taken:
                yield inside.into(one.key.text).use(reference, one.value)
    # Arguments, lists, expressions: whatever names a whole reference.
    for use in find_mentions(text, place, comments):
        if use.problem is None and use.line not in known and (use.digest is not None or use.tag is not None):
            yield use


def _together(settings: Iterator[Setting]) -> Iterator[list[Setting]]:
    """Put settings of one section together; where a key comes again, others begin."""
    some: list[Setting] = []
    known: set[str] = set()
    for setting in settings:
        if some and (setting.section != some[0].section or setting.key.text in known):
            yield some
            some, known = [], set()
        known.add(setting.key.text)
        some.append(setting)
    if some:
        yield some


def _value(text: str, line: int) -> Scalar:
    if text[:1] in _QUOTES:
        inner, quote, _ = text[1:].partition(text[0])
        if quote:
            return Scalar(inner, line, Style.QUOTED, text_line=line)
    comment = _TRAILING.search(text)
    # Files of settings know no numbers: what is written is text, with quotes or without.
    return Scalar(text[: comment.start()] if comment else text, line, Style.QUOTED, text_line=line)
