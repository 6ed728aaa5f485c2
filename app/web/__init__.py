"""HTTP: what comes in from GitHub and from browsers; nothing is decided here."""
