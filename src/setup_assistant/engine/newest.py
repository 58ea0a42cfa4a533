# SPDX-License-Identifier: MIT
"""Is there a newer version of this program? Asked only where somebody wants to know."""

from __future__ import annotations

import logging

from setup_assistant.checks.program import judge_version
from setup_assistant.core.errors import HostError
from setup_assistant.core.findings import Verdict
from setup_assistant.core.unknown import Unknown
from setup_assistant.services.releases import Releases

log = logging.getLogger(__name__)


async def look_for_update(releases: Releases) -> Verdict:
    """Return the answer, also where it could not be looked up."""
    try:
        return judge_version(await releases.newest())
    except HostError as error:
        log.info("the newest version could not be looked up: %s %s", error.trouble, error.detail)
        return judge_version(Unknown(error.text, error.trouble.value))
