# SPDX-License-Identifier: MIT
"""The wizard: the only code that knows Qt."""
