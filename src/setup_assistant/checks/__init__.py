# SPDX-License-Identifier: MIT
"""Pure judgement: facts in, verdict out. Nothing is read, no clock, no test of the operating system."""
