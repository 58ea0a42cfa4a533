# SPDX-License-Identifier: MIT
"""A home router that says what it is told to say, by UPnP and NAT-PMP; run as a program inside a namespace.

Arguments: a JSON object {"listen": address, "wan": address, "delay": seconds, "nat_pmp": bool}. What it sends has the
form that miniupnpd 2.3.1 sends (tests/recorded/connection); only the address and the delay are its own.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import struct
import sys
from typing import Any

KIND = "urn:schemas-upnp-org:service:WANIPConnection:1"
HTTP_PORT = 5000

DESCRIPTION = f"""<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>1</minor></specVersion><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType><deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>
<serviceType>{KIND}</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
<SCPDURL>/WANIPCn.xml</SCPDURL><controlURL>/ctl/IPConn</controlURL><eventSubURL>/evt/IPConn</eventSubURL>
</service></serviceList></device></deviceList></device></deviceList></device></root>
"""


ACTIONS = {
    "getexternalipaddress": ("GetExternalIPAddress", "<NewExternalIPAddress>{wan}</NewExternalIPAddress>"),
    "getstatusinfo": (
        "GetStatusInfo",
        "<NewConnectionStatus>Connected</NewConnectionStatus><NewUptime>99</NewUptime>",
    ),
}


class Search(asyncio.DatagramProtocol):
    """Answers searches (SSDP)."""

    def __init__(self, listen: str) -> None:
        self.listen = listen
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not data.startswith(b"M-SEARCH"):
            return
        target = next((line[3:].strip() for line in data.decode().splitlines() if line.upper().startswith("ST:")), "")
        self.transport.sendto(
            (
                f"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: {target}\r\nUSN: uuid:1::{target}\r\nEXT:\r\n"
                f"SERVER: Lab UPnP/1.1 Scripted/1.0\r\nLOCATION: http://{self.listen}:{HTTP_PORT}/rootDesc.xml\r\n\r\n"
            ).encode(),
            address,
        )


class NatPmp(asyncio.DatagramProtocol):
    """Answers the question for the WAN address (RFC 6886)."""

    def __init__(self, wan: str) -> None:
        self.wan = ipaddress.IPv4Address(wan)
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        if data == b"\0\0":
            result = 3 if int(self.wan) == 0 else 0
            self.transport.sendto(struct.pack("!BBHI4s", 0, 128, result, 1, self.wan.packed), address)


async def main(options: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    listen, wan, delay = options["listen"], options["wan"], options.get("delay", 0.0)
    searches = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    searches.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    searches.bind(("", 1900))
    group = socket.inet_aton("239.255.255.250") + socket.inet_aton(listen)
    searches.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    await loop.create_datagram_endpoint(lambda: Search(listen), sock=searches)
    if options.get("nat_pmp", True):
        await loop.create_datagram_endpoint(lambda: NatPmp(wan), local_addr=(listen, 5351))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("GET"):
            body = DESCRIPTION
        else:
            await asyncio.sleep(delay)
            called = head.lower().partition("soapaction:")[2].partition("\r\n")[0].strip(' "').partition("#")[2]
            name, values = ACTIONS.get(called, ("", ""))
            values = values.format(wan=wan)
            body = (
                '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
                f'<u:{name}Response xmlns:u="{KIND}">{values}</u:{name}Response></s:Body></s:Envelope>'
            )
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    await asyncio.start_server(serve, listen, HTTP_PORT)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
