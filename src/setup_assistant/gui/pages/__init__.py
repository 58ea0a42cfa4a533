# SPDX-License-Identifier: MIT
"""The pages of the wizard, one class for each kind of page."""
