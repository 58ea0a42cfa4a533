# SPDX-License-Identifier: MIT
"""A window that does nothing, of a program that imports what ours imports: what the package is measured against."""

from __future__ import annotations

import sys

import defusedxml.ElementTree  # noqa: F401
import filelock  # noqa: F401
import httpx  # noqa: F401
import keyring  # noqa: F401
import platformdirs  # noqa: F401
import psutil  # noqa: F401
import segno  # noqa: F401
import stun  # noqa: F401
import tomlkit  # noqa: F401
import truststore  # noqa: F401
from PySide6 import QtCore, QtGui, QtSvg, QtWidgets  # noqa: F401

if __name__ == "__main__":
    app = QtWidgets.QApplication(sys.argv)
    window = QtWidgets.QWidget()
    window.resize(960, 700)
    window.show()
    sys.exit(app.exec())
