# SPDX-License-Identifier: MIT
"""What stands in the place of facts that could not be observed."""

from __future__ import annotations

from dataclasses import dataclass

from setup_assistant.core.texts import Text


@dataclass(frozen=True, slots=True)
class Unknown:
    """Could not be observed, and why; ``trouble`` is the code of the error where one was met."""

    why: Text
    trouble: str = ""


NOT_READ = Unknown(Text(""))
"""Nobody has looked yet."""
