"""GitHub behind the ports `Forge` and `PullRequestPage`, through githubkit with its guards on."""

from __future__ import annotations

from app.adapters.github.attestations import GitHubAttestations
from app.adapters.github.connection import Connection
from app.adapters.github.forge import App, GitHubForge
from app.adapters.github.page import GitHubPage
from app.adapters.github.snapshot import Interest

__all__ = ["App", "Connection", "GitHubAttestations", "GitHubForge", "GitHubPage", "Interest"]
