# SPDX-License-Identifier: MIT
"""Types of the part of jeepney that is used here."""

from enum import Enum
from typing import Any

class HeaderFields(Enum):
    interface = 2
    member = 3

class Message:
    header: Any
    body: tuple[Any, ...]

class DBusAddress:
    def __init__(self, object_path: str, bus_name: str | None = None, interface: str | None = None) -> None: ...

def new_method_call(
    remote_obj: DBusAddress, method: str, signature: str | None = None, body: tuple[object, ...] = ()
) -> Message: ...
def new_signal(
    emitter: DBusAddress, signal: str, signature: str | None = None, body: tuple[object, ...] = ()
) -> Message: ...
