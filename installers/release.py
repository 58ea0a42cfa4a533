# SPDX-License-Identifier: MIT
"""What the release workflow asks for beyond the packages.

python -m installers.release notes TAG       the notes of that release, from CHANGELOG.md
python -m installers.release sums FOLDER     SHA256SUMS over the packages of all systems in FOLDER
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from installers.build import write_checksums
from installers.contents import ROOT, TITLE, version

HOW_TO_CHECK = """
---

Check a download with `sha256sum --check --ignore-missing SHA256SUMS`, and where it was built with
`gh attestation verify FILE --repo OWNER/REPOSITORY`. What is inside each package is in the `.cdx.json` of its system.
"""


def notes(changelog: str, tag: str, current: str) -> str:
    """Return the notes of the release ``tag``. Raises SystemExit where the version in the code, or they, do not fit."""
    if tag != f"v{current}":
        raise SystemExit(f"The tag is {tag}, but this is version {current}: src/setup_assistant/__init__.py")
    sections = re.split(r"^## (?=\[)", changelog, flags=re.MULTILINE)
    own = next((section for section in sections if section.startswith(f"[{current}]")), "")
    _, _, text = own.partition("\n")
    if not text.strip():
        raise SystemExit(f"CHANGELOG.md says nothing of {current}: its heading is “## [{current}] - YEAR-MONTH-DAY”.")
    return f"{TITLE} {current}\n\n{text.strip()}\n{HOW_TO_CHECK}"


def main(arguments: list[str]) -> int:
    """Do what the first argument says; return 0, or 2 where it says nothing that is known."""
    match arguments:
        case ["notes", tag]:
            sys.stdout.write(notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), tag, version()))
        case ["sums", folder]:
            write_checksums(Path(folder))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
