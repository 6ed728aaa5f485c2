"""`python -m app` is the command `assay`."""

from __future__ import annotations

from app.cli import main

if __name__ == "__main__":
    main(prog_name="assay")
