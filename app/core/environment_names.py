"""What people call the environments of a repository."""

from __future__ import annotations

from typing import Final

SPELLINGS: Final = (
    ("prod", "prd", "production"),
    ("stage", "staging", "stg"),
    ("dev", "develop", "development"),
    ("test", "testing", "tst"),
    ("preprod", "pre-prod", "preproduction", "pre-production"),
    ("nonprod", "non-prod", "nonproduction", "non-production"),
)
"""Several spellings of one name each."""

NAMES: Final = frozenset({name for names in SPELLINGS for name in names} | {"live", "uat", "qa", "sandbox", "canary"})
"""Names of folders, in lower case, that are taken for an environment's where nobody says which there are."""

HOLDERS: Final = frozenset(
    ("env", "envs", "environment", "environments", "overlay", "overlays", "cluster", "clusters", "stages")
)
"""Names of folders, in lower case, that hold a folder for each environment."""
