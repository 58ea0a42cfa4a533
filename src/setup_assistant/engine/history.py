# SPDX-License-Identifier: MIT
"""What earlier runs left behind, as facts."""

from __future__ import annotations

from setup_assistant.core.facts import HistoryFacts, Unknown
from setup_assistant.core.texts import Text
from setup_assistant.engine.journal import JournalUnreadable, open_changes
from setup_assistant.engine.parts import rebuild_change
from setup_assistant.engine.store import Store
from setup_assistant.services import Services


def read_history(store: Store, services: Services) -> HistoryFacts | Unknown:
    """Read journal and state; a journal that can't be read is Unknown with trouble ``unreadable`` or ``newer``.

    An open change that this version can't take back was written by a newer one: codes are only ever added.
    """
    try:
        still = open_changes(store.journal.read())
    except JournalUnreadable as error:
        return Unknown(Text("{detail}", {"detail": error.detail}), "newer" if error.newer else "unreadable")
    for one in still:
        if rebuild_change(one.code, services, one.args) is None:
            return Unknown(Text("{detail}", {"detail": one.code}), "newer")
    ours = [one.args.get("url") for one in still if one.code in ("funnel", "plex_url")]
    urls = [url for url in ours if isinstance(url, str)]
    return HistoryFacts(
        open_changes=tuple(one.code for one in still),
        our_url=urls[-1] if urls else None,
        our_addresses=tuple(str(one.args.get("url", "")) for one in still if one.code == "funnel"),
        last_verdict=store.last_verdict,
        funnel_since=next((one.time for one in reversed(still) if one.code == "funnel"), None),
        tried=store.tried,
    )
