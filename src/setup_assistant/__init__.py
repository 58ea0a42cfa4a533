# SPDX-License-Identifier: MIT
"""Setup assistant: a working public address for a Plex server behind CGNAT."""

__version__ = "0.1.0"
