# SPDX-License-Identifier: MIT
"""Words about those who watch right now, and what to tell them."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

PLEX_NETWORK = "https://app.plex.tv/desktop/#!/settings/server"
PLEX_SHARING = "https://app.plex.tv/desktop/#!/settings/manage-library-access"

TITLES = {
    "plex_sessions": Text("Those who watch right now"),
    "for_viewers": Text("What your viewers should know"),
}

FROM = Text("Plex sees")
WAYS = Text("{address}, counted as {location}")
LAN = Text("at home")
WAN = Text("away")
UNSAID = Text("not said")
"""Labels and values of a session."""

_LEARNT = Text("Apps keep the addresses they have learnt before until they are opened anew.").message
_LOCAL = manual(
    "In the app on that device, allow local connections, then close it fully and open it again. "
    "On the router, allow names that lead to home addresses (“DNS rebind protection”) for plex.direct."
)
_FOR_VIEWERS = (
    manual("Once, now: close the Plex apps on phones and TVs fully and open them again."),
    manual("If an app still does not find the server while a browser does, sign out and in again in that app."),
    manual("To let somebody watch, share your libraries with their Plex account.", PLEX_SHARING),
    manual(
        "If pictures stop and wait: in the app, lower the quality for watching away from home; in Plex, "
        "Settings, Remote Access, limit the bitrate for remote streams to less than your line sends.",
        PLEX_NETWORK,
    ),
    manual(
        "A TV of 2016 or before may not trust today's certificates and says that the server is not there. "
        "A streaming stick helps."
    ),
)

CASES = (
    Case("plex_sessions", None, Status.OK, "Watching right now: {count}. Nothing odd about how they come in."),
    Case(
        "plex_sessions",
        "relayed",
        Status.NOTICE,
        "Somebody watches over Plex's own relay, which is slow.",
        "Their app still uses an address from before.",
        (manual("Have them close the app fully and open it again; if that is not enough, sign out and in there."),),
    ),
    Case(
        "plex_sessions",
        "home_through_funnel",
        Status.NOTICE,
        "A device at home seems to go out to the internet and back in through Funnel.",
        "It works, but takes the long way, and Plex counts it as away from home.",
        (_LOCAL,),
    ),
    Case(
        "plex_sessions",
        "home_counted_away",
        Status.NOTICE,
        "Plex seems to count a device with a home address as away: {address}.",
        "It may then ask for a pass, or lower the quality.",
        (manual("In Plex, Settings, Network, add your home network to “LAN Networks”.", PLEX_NETWORK),),
    ),
    Case(
        "plex_sessions",
        "away_counted_home",
        Status.NOTICE,
        "Plex seems to count a viewer from outside as being at home: {address}.",
        "Limits you set for viewers away from home do not apply to them.",
        (manual("Keep this computer's own address out of “LAN Networks” in Plex, Settings, Network.", PLEX_NETWORK),),
    ),
    Case(
        "plex_sessions",
        "not_secure",
        Status.NOTICE,
        "Plex seems to show a viewer from outside as “not secure”: {address}.",
        "On the internet the connection is encrypted. What Plex sees is the last step, inside this computer; "
        "some players are said to refuse then.",
        (manual("If an app does not play, allow insecure connections in its settings, or sign out and in there."),),
    ),
    Case(
        "for_viewers",
        None,
        Status.NOTICE,
        "Viewers install nothing new. A few things help them to begin.",
        _LEARNT,
        _FOR_VIEWERS,
    ),
    Case(
        "for_viewers",
        "listed_as_home",
        Status.NOTICE,
        "Viewers install nothing new. plex.tv marks the public address as one for home too, so devices at home may go out "
        "to the internet and back in.",
        _LEARNT,
        (_LOCAL, *_FOR_VIEWERS),
    ),
)
