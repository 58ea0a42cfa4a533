# SPDX-License-Identifier: MIT
"""One reversible step each: its plan entry, how it is made, read back and taken back."""
