# SPDX-License-Identifier: MIT
"""What the packaged program starts with."""

from __future__ import annotations

import sys

from setup_assistant.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
