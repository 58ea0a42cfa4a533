# SPDX-License-Identifier: MIT
"""The lab's name server and its "what is my address" services; run as a program inside a namespace.

Arguments: a JSON object {"names": {name: IPv4 address}, "names_v6": {name: IPv6 address}, "dns": [address], "dns64":
[address], "web": [address], "certificate": file}. IPv6 addresses are told to those who ask over IPv6. The name
servers of ``dns64`` know ``ipv4only.arpa`` over IPv6, as a provider's with NAT64 do.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
import struct
import sys
from functools import partial
from typing import Any

A, AAAA = 1, 28
NAT64 = ipaddress.IPv6Address("64:ff9b::192.0.0.170").packed


class Names(asyncio.DatagramProtocol):
    """Just enough of a name server (RFC 1035)."""

    def __init__(self, names: dict[str, str], names_v6: dict[str, str], *, translates: bool) -> None:
        self.names = names
        self.names_v6 = names_v6
        self.translates = translates
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        name, end = read_name(data)
        kind = struct.unpack_from("!H", data, end)[0]
        known = name in self.names or name == "ipv4only.arpa"
        found: list[bytes] = []
        if kind == A and name in self.names:
            found = [ipaddress.IPv4Address(self.names[name]).packed]
        elif kind == AAAA and name == "ipv4only.arpa" and self.translates:
            found = [NAT64]
        elif kind == AAAA and name in self.names_v6 and ":" in address[0] and not address[0].startswith("::ffff:"):
            found = [ipaddress.IPv6Address(self.names_v6[name]).packed]
        header = data[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, len(found), 0, 0)
        answers = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(one)) + one for one in found)
        self.transport.sendto(header + data[12 : end + 4] + answers, address)


def read_name(data: bytes) -> tuple[str, int]:
    """Return the name of the question and where it ends."""
    labels, offset = [], 12
    while data[offset]:
        labels.append(data[offset + 1 : offset + 1 + data[offset]].decode("ascii").lower())
        offset += 1 + data[offset]
    return ".".join(labels), offset + 1


async def tell_address(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer any request with the address it came from, in JSON where that is asked for."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        address = writer.get_extra_info("peername")[0]
        body = json.dumps({"ip": address}) if b"format=json" in head else f"{address}\n"
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
            f"Connection: close\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()
    except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
        writer.close()


async def main(options: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    for key in ("dns", "dns64"):
        for address in options[key]:
            await loop.create_datagram_endpoint(
                partial(Names, options["names"], options["names_v6"], translates=key == "dns64"),
                local_addr=(address, 53),
            )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["certificate"])
    for address in options["web"]:
        await asyncio.start_server(tell_address, address, 443, ssl=context)
        await asyncio.start_server(tell_address, address, 80)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
