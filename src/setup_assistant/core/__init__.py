# SPDX-License-Identifier: MIT
"""Plain types that every other package shares; nothing of ours is imported here."""
