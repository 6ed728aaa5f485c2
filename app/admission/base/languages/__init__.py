"""Which texts a pattern accepts, and whether another accepts more: globs, wildcards and RE2 expressions."""

from __future__ import annotations

from app.admission.base.languages.comparing import accepts, bounded, compare, use_up
from app.admission.base.languages.patterns import (
    exact,
    image_glob,
    prefix,
    regex,
    starred,
    suffix,
    trailing_star,
    whole_regex,
    wildcard,
)
from app.admission.base.languages.regex import NotUnderstood
from app.admission.base.languages.tree import EVERYTHING, NOTHING, Language, union

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Language",
    "NotUnderstood",
    "accepts",
    "bounded",
    "compare",
    "exact",
    "image_glob",
    "prefix",
    "regex",
    "starred",
    "suffix",
    "trailing_star",
    "union",
    "use_up",
    "whole_regex",
    "wildcard",
]
