"""The folder of vectors: every case is judged, and how is said."""

import json
from collections import Counter
from pathlib import Path

from . import compare, operator, party, receipt_tasks, session, stateless
from .fault import CannotJudge

MEMBERS = {"id", "requirements", "decisions", "binds", "says", "task", "expect"}
# What is asked of forms of receipts that this reader does not have.
ELSEWHERE = {"write linked"}


class Tally:
    """What has been found."""

    def __init__(self):
        self.agree = 0
        self.disagree = 0
        self.full = 0
        self.by_records = 0
        self.records = 0
        self.elsewhere = Counter()
        self.lines = []

    def case(self, name, wrong, is_full, seen=0):
        """One case, with its disagreements."""
        self.full += is_full
        self.by_records += not is_full
        self.records += seen
        self.agree += not wrong
        self.disagree += bool(wrong)
        self.lines += [f"{name}: {line}" for line in wrong]

    def summary(self):
        """The last lines."""
        return [f"{self.full} judged fully, {self.by_records} by their records only "
                f"({self.records} records verified there)",
                *(f"{count} cases of receipts, {name}: not judged here"
                  for name, count in sorted(self.elsewhere.items())),
                f"{self.agree} agree, {self.disagree} disagree"]


def judge(case, tally):
    """One case."""
    (kind, task), = case["task"].items()
    if kind == "receipt" and receipt_tasks.name_of(task) in ELSEWHERE:
        tally.elsewhere[receipt_tasks.name_of(task)] += 1
    elif kind in stateless.TASKS:
        said = stateless.verdict(kind, task)
        line = compare.disagreement(case["expect"], said)
        tally.case(case["id"], [line] if line else [], True)
    elif kind in ("service", "party"):
        said, mine = session.verdicts(task) if kind == "service" else (party.verdicts(task), ())
        wrong = []
        for number, (step, got) in enumerate(zip(task["steps"], said)):
            line = compare.disagreement(step["expect"], got, mine)
            if line:
                wrong.append(f"step {number} ({', '.join(step['do'])}): {line}")
        tally.case(case["id"], wrong, True)
    elif kind == "operator":
        wrong, seen = operator.judge(task)
        tally.case(case["id"], wrong, False, seen)
    else:
        raise CannotJudge(f"tasks of the kind {kind}")


def run(folder):
    """All files under the folder, in the order of their names."""
    tally, ids = Tally(), set()
    for path in sorted(Path(folder).rglob("*.json")):
        file = json.loads(path.read_text())
        for case in file.get("cases", []):
            unknown = case.keys() - MEMBERS
            if unknown or case["id"] in ids:
                tally.case(case["id"], [f"not a case of its own: {sorted(unknown)}"], True)
                continue
            ids.add(case["id"])
            try:
                judge(case, tally)
            except CannotJudge as why:
                tally.case(case["id"], [f"cannot be judged: {why}"], False)
            except (KeyError, TypeError, ValueError, AttributeError) as why:
                tally.case(case["id"], [f"not in the form of a case: {why!r}"], False)
    return tally
