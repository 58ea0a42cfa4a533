# SPDX-License-Identifier: MIT
"""Opens TCP 32400 on a UPnP router, as Plex's Remote Access does; run as a program inside a namespace."""

from __future__ import annotations

import sys
import urllib.request

KIND = "urn:schemas-upnp-org:service:WANIPConnection:1"


def main(router: str, host: str) -> None:
    values = {
        "NewRemoteHost": "",
        "NewExternalPort": "32400",
        "NewProtocol": "TCP",
        "NewInternalPort": "32400",
        "NewInternalClient": host,
        "NewEnabled": "1",
        "NewPortMappingDescription": "Plex Media Server",
        "NewLeaseDuration": "0",
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    body = (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
        f'<u:AddPortMapping xmlns:u="{KIND}">{inner}</u:AddPortMapping></s:Body></s:Envelope>'
    )
    request = urllib.request.Request(f"http://{router}:5000/ctl/IPConn", body.encode(), method="POST")
    request.add_header("Content-Type", "text/xml")
    request.add_header("SOAPAction", f'"{KIND}#AddPortMapping"')
    with urllib.request.urlopen(request, timeout=5) as reply:
        reply.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
