"""The signed examples of the guide, for tests."""

import json
import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[3] / "spec" / "guide"
KEYS = json.loads((GUIDE / "keys.json").read_text())

BLOCK = re.compile(r"^```(json|text) signed (\S+) (\S+)\n(.*?)\n```$", re.S | re.M)


def signed():
    """Every signed example: its `typ`, the roles that signed it, and the envelope as text."""
    for page in sorted(GUIDE.glob("*.md")):
        for _, typ, roles, text in BLOCK.findall(page.read_text()):
            yield typ, roles.split(","), text


def example(typ, at=0):
    """One of them."""
    return [text for found, _, text in signed() if found == typ][at]
