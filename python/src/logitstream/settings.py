"""Settings of clients, as a command line gives them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def settings_of(given: Iterable[str]) -> dict[str, str]:
    """Reads settings of the form KEY=VALUE or KEY=@FILE: other users of the machine see the command line.

    ValueError, without the values, where one of them cannot be read.
    """
    settings = {}
    for setting in given:
        key, equals, value = setting.partition("=")
        if not key or not equals:
            raise ValueError("a setting must be KEY=VALUE or KEY=@FILE")
        if value.startswith("@"):
            try:
                value = Path(value[1:]).read_text(encoding="utf-8").strip()
            except OSError as e:
                raise ValueError(f"the file of {key} cannot be read: {e.strerror}") from None
            except ValueError:
                raise ValueError(f"the file of {key} is not UTF-8 text") from None
        settings[key] = value
    return settings
