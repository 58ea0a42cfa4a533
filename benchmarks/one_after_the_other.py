# SPDX-License-Identifier: MIT
"""The old way of looking at a line: one program after the other. Prints the milliseconds of each as JSON.

Arguments: a STUN server that knows RFC 3489, the host name of an address service, a file with its authority.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import subprocess
import sys
import time

import stun


def main(server: str, service: str, ca_file: str) -> None:
    times: dict[str, float] = {}

    def step(name: str, started: float) -> float:
        now = time.monotonic()
        times[name] = (now - started) * 1000
        return now

    at = time.monotonic()
    with contextlib.suppress(OSError, TypeError, ValueError, KeyError):
        stun.get_ip_info(stun_host=server)
    at = step("pystun3", at)
    subprocess.run(["/usr/bin/upnpc", "-s"], capture_output=True, check=False)
    at = step("upnpc", at)
    subprocess.run(["/usr/bin/traceroute", "-n", "-q3", "-w3", "-m6", server], capture_output=True, check=False)
    at = step("traceroute", at)
    with contextlib.suppress(OSError):
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(service, timeout=10, context=context)
        connection.request("GET", "/")
        connection.getresponse().read()
    step("https", at)
    print(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
