"""Kinds as Kyverno writes them: `Kind`, `version/Kind`, `group/version/Kind/subresource`, with `*` for any."""

from __future__ import annotations

import re

from app.admission.base.languages import Language, NotUnderstood, image_glob

_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?|\*")


def kind_language(text: str) -> Language:
    """Return the `group/version/Kind/subresource` texts that a selector fits; raises `NotUnderstood`.

    A part that is not written is any, except the subresource, which is then none.
    """
    if "?" in text or "**" in text:
        raise NotUnderstood("a kind with other signs than a single *")
    head, slash, last = text.rpartition("/")
    parts = [*(head.split("/") if slash else ()), *last.split(".", 1)]
    return image_glob("/".join(_four(parts)))


def _four(parts: list[str]) -> tuple[str, str, str, str]:
    if len(parts) == 1:
        return "*", "*", parts[0], ""
    if len(parts) == 2:  # noqa: PLR2004 - version/Kind, or Kind/subresource
        return _of_two(*parts)
    if len(parts) == 3:  # noqa: PLR2004 - version/Kind/subresource, or group/version/Kind
        if _VERSION.fullmatch(parts[0]) and not _VERSION.fullmatch(parts[1]):
            return "*", parts[0], parts[1], parts[2]
        return parts[0], parts[1], parts[2], ""
    if len(parts) == 4:  # noqa: PLR2004 - all of them
        return parts[0], parts[1], parts[2], parts[3]
    raise NotUnderstood("a kind of more than four parts")


def _of_two(first: str, second: str) -> tuple[str, str, str, str]:
    if (first, second) == ("*", "*"):
        return "*", "*", "*", "*"
    if first == "*" and second[:1].islower():
        return "*", "*", "*", second
    if _VERSION.fullmatch(first):
        return "*", first, second, ""
    return "*", "*", first, second
