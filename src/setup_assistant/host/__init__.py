# SPDX-License-Identifier: MIT
"""The only code that touches the machine or the network, and its simulated twin."""
