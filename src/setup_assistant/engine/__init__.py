# SPDX-License-Identifier: MIT
"""The job: observe, judge, plan, apply with a journal, verify, undo, report."""
