r"""Text of others made harmless before it is shown anywhere: visible, on one line, bounded, without secrets.

What is invisible or turns the direction of writing is shown as `\u{…}` (Trojan Source, CVE-2021-42574): a
right-to-left override must not make one name read as another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ELLIPSIS: Final = "…"

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Zl", "Zp", "Zs"})
# Letters and symbols that have no ink: Hangul fillers and the empty Braille pattern.
_HIDDEN: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_SECRETS: Final = re.compile(
    r"gh[a-z]_[A-Za-z0-9]{16,}"
    r"|github_pat_[A-Za-z0-9_]{16,}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
    r"|(?i:bearer)\s+(?=\S*[0-9])[A-Za-z0-9._~+/=-]{16,}"
    r"|-----BEGIN[^`|]*"
)


def without_secrets(text: str) -> str:
    """Cut out what looks like a token or a private key: the last line of defence, not the first."""
    return _SECRETS.sub("[removed]", text)


def visible(text: str, *, also: str = "") -> str:
    r"""Show every hidden character, and every one of `also`, as `\u{hex}`; the answer stands on one line."""
    shown = without_secrets(text)
    if shown.isascii() and shown.isprintable() and not any(one in shown for one in also):
        return shown
    return "".join(_escaped(one) if one in also or _hidden(one) else one for one in shown)


def _hidden(one: str) -> bool:
    return one != " " and (one in _HIDDEN or unicodedata.category(one) in _HIDDEN_CATEGORIES)


def _escaped(one: str) -> str:
    return f"\\u{{{ord(one):X}}}"


def cut(text: str, limit: int) -> str:
    """Keep at most `limit` code points, the last of them an ellipsis when something was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1]}{ELLIPSIS}"


def shortened(text: str, limit: int) -> str:
    """Keep at most `limit` code points by leaving out the middle: both ends of a name tell what it is."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}{ELLIPSIS}{text[len(text) - (limit - 1 - head) :]}"


def counted(number: int, one: str, many: str = "") -> str:
    """Say a number with its noun: `1 file`, `2 files`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
