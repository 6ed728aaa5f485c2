"""Fakes that implement the real ports or speak the real protocols; used by tests and by the demo."""
