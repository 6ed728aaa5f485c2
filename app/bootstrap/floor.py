"""The operator's floor, read once at the start."""

from __future__ import annotations

from app.core.tree import file_of
from app.policy import Policy
from app.settings import Settings, SettingsError

_VARIABLE = "ASSAY_FLOOR_FILE"


def operator_floor(settings: Settings) -> str | None:
    """Return the text of the operator's floor, `None` for none; raises `SettingsError` for one with faults."""
    path = settings.floor_file
    if path is None:
        return None
    try:
        file = file_of(str(path), "100644", path.read_bytes())
    except OSError as error:
        raise SettingsError(_VARIABLE, f"{path} cannot be read ({error.strerror}).") from error
    if file.text is None:
        raise SettingsError(_VARIABLE, f"{path} cannot be read: it is {file.problem}.")
    errors = Policy.errors(file.text, {}, path=str(path), floor=True)
    if errors:
        raise SettingsError(_VARIABLE, f"{errors[0]}. Nothing is judged until it is corrected.")
    return file.text
