# SPDX-License-Identifier: MIT
"""A host with no real part in it, built from a scenario file: the demo and the end-to-end tests."""
