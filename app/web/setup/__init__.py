"""The first run: an application that does nothing but register an App."""

from app.web.setup.program import run_setup, start_anew

__all__ = ["run_setup", "start_anew"]
