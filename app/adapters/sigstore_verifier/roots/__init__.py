"""The trusted roots that come with the program, and the TUF roots from which fresh ones are reached.

The public-good instance's lie in the locked sigstore package; GitHub's are data files here (`README.md` beside them
says where from and under which licences).
"""

from __future__ import annotations

import importlib.resources

_PUBLIC_GOOD = "_store/https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"


def packaged_root() -> bytes:
    """Return the public-good instance's trusted root from inside the installed sigstore package, never from a cache."""
    return importlib.resources.files("sigstore").joinpath(_PUBLIC_GOOD, "trusted_root.json").read_bytes()


def github_root() -> bytes:
    """Return the trusted root of GitHub's own instance: authorities for certificates and timestamps, no logs."""
    return importlib.resources.files(__name__).joinpath("github.json").read_bytes()


def bootstrap_of(name: str) -> bytes:
    """Return the TUF root metadata that comes with the program for `public-good` or `github`."""
    if name == "github":
        return importlib.resources.files(__name__).joinpath("github_tuf.json").read_bytes()
    return importlib.resources.files("sigstore").joinpath(_PUBLIC_GOOD, "root.json").read_bytes()
