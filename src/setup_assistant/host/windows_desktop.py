# SPDX-License-Identifier: MIT
"""The taskbar of Windows, over COM."""

from __future__ import annotations

import ctypes
import logging
from typing import Any

from setup_assistant.host.desktop import Desktop

log = logging.getLogger(__name__)

_CLASS_ID = "{56FDF344-FD6D-11D0-958A-006097C9A090}"
_INTERFACE_ID = "{EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF}"
"""CLSID_TaskbarList and IID_ITaskbarList3 of shobjidl_core.h."""
_HR_INIT, _SET_VALUE, _SET_STATE = 3, 9, 10
"""Places in the interface's table, in the order of shobjidl_core.h, after the three of IUnknown."""
_NO_PROGRESS, _NORMAL = 0, 2
_IN_PROCESS = 1
_PARTS = 1000


class WindowsDesktop(Desktop):
    """The taskbar, over COM. Notifications are left to the window."""

    def __init__(self, com: Any = None) -> None:
        """``com``: ole32, or a stand-in for it."""
        self._com = com
        self._taskbar: Any = None

    def show_progress(self, window: int, share: float | None) -> None:
        try:
            if self._taskbar is None:
                self._taskbar = self._open()
            self._call(_SET_STATE, ctypes.c_void_p(window), ctypes.c_int(_NO_PROGRESS if share is None else _NORMAL))
            if share is not None:
                done, whole = ctypes.c_ulonglong(round(share * _PARTS)), ctypes.c_ulonglong(_PARTS)
                self._call(_SET_VALUE, ctypes.c_void_p(window), done, whole)
        except (OSError, AttributeError) as error:
            log.info("the taskbar was not reached: %s", error)

    def _open(self) -> ctypes.c_void_p:
        com = self._com or ctypes.CDLL("ole32.dll")
        class_id, interface_id = (ctypes.create_string_buffer(16) for _ in range(2))
        com.CLSIDFromString(ctypes.c_wchar_p(_CLASS_ID), class_id)
        com.CLSIDFromString(ctypes.c_wchar_p(_INTERFACE_ID), interface_id)
        com.CoInitializeEx(None, 0)
        made = ctypes.c_void_p()
        result = com.CoCreateInstance(class_id, None, _IN_PROCESS, interface_id, ctypes.byref(made))
        if result or made.value is None:
            raise OSError(f"CoCreateInstance answered {result:#x}")
        self._taskbar = made
        self._call(_HR_INIT)
        return made

    def _call(self, place: int, *arguments: Any) -> None:
        """Call a method of the interface. Raises OSError."""
        table = ctypes.cast(self._taskbar, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
        prototype = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, *(type(one) for one in arguments))
        result = prototype(table[place] or 0)(self._taskbar, *arguments)
        if result < 0:
            raise OSError(f"method {place} answered {result:#x}")
