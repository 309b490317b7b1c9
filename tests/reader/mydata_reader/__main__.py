"""python3 -m mydata_reader FOLDER: exit status 0 only when no case disagrees, and there is one."""

import sys

from . import cases


def main(arguments):
    """Judges the folder."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    tally = cases.run(arguments[0])
    for line in tally.lines + tally.summary():
        print(line)
    return 0 if tally.agree and not tally.disagree else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
