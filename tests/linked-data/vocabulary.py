"""Writes the list of DPV terms that the receipts may use: `vocabulary.py CHECKOUT >terms.txt`.

CHECKOUT is a checkout of the repository of the Data Privacy Vocabulary (W3C DPVCG). Of it only facts are
taken: which terms there are, of what kind each is, and what a property points to. One line a term:

    CLASS    Purpose    dpv:Marketing
    PROPERTY Purpose    dpv:hasPurpose

The second word is the kind of which a class is an instance (`-` when it is none), or the range of a
property (`-` when DPV names none: then its values may be literals).
"""

import csv
import re
import subprocess
import sys
from pathlib import Path

VERSION = "2.3"
FILES = {
    "dpv": "dpv/dpv",
    "pd": "pd/pd",
    "eu-gdpr": "legal/eu/gdpr/eu-gdpr",
    "loc": "loc/loc",
}


def ranges(turtle: str, prefix: str) -> dict[str, str]:
    """The range of each property, as `dcam:rangeIncludes` names it first."""
    found = {}
    for block in turtle.split(" .\n"):
        name = re.match(rf"\s*{prefix}:(\S+) a ", block)
        target = re.search(r"dcam:rangeIncludes (?:[a-z-]+):(\w+)", block)
        if name and target:
            found[name.group(1)] = target.group(1)
    return found


def lines(folder: Path, prefix: str, stem: str):
    of = ranges((folder / f"{stem}.ttl").read_text(), prefix)
    with (folder / f"{stem}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            term = row["term"]
            if prefix == "loc" and "-" in term:
                continue  # regions: a receipt names countries
            if row["type"] == "property":
                yield f"PROPERTY {of.get(term, '-')} {prefix}:{term}"
            else:
                kind = row["dpvtype"].split(";")[0].split("#")[-1].strip() or "-"
                yield f"CLASS {kind} {prefix}:{term}"


def main() -> None:
    checkout = Path(sys.argv[1])
    commit = subprocess.check_output(["git", "-C", checkout, "rev-parse", "HEAD"], text=True).strip()
    print(f"# DPV {VERSION}, commit {commit}; made by tests/linked-data/vocabulary.py")
    found = [line for prefix, stem in FILES.items() for line in lines(checkout / VERSION, prefix, stem)]
    for line in sorted(set(found), key=lambda line: line.split()[2]):
        print(line)


main()
