"""How the world is reached: through which proxy, and whose certificates are believed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WayOut:
    """The way from this machine to others.

    `ca_file` names certificate authorities that are believed besides the public ones. `proxy` is an HTTP proxy
    (`http://[USER:PASSWORD@]HOST:PORT`) that connections go through, but for this machine and for hosts in `direct`
    (`host`, or `.suffix` for all below it).
    """

    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    direct: frozenset[str] = frozenset()

    def proxy_for(self, host: str) -> str | None:
        """Return the proxy that leads to a host, `None` when it is reached directly."""
        name = host.lower().strip("[]").rstrip(".")
        if name in {"localhost", "127.0.0.1", "::1"} or name in self.direct:
            return None
        below = any(name.endswith(suffix) for suffix in self.direct if suffix.startswith("."))
        return None if below else self.proxy
