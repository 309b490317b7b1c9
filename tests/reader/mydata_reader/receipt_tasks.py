"""What is asked of receipts in the vectors, by the act and the form."""

from . import kantara, kantara_read, kantara_write, linked, receipts
from .fault import CannotJudge

ACTS = {
    "verify": receipts.judge,
    "validate kantara": lambda task: {"accepted": kantara.validate(task["validate"])},
    "read kantara": lambda task: kantara_read.read(task["read"]),
    "write kantara": lambda task: {"accepted": kantara_write.write(task["write"])},
    "validate linked": lambda task: {"accepted": linked.validate(task["validate"])},
    "read linked": lambda task: linked.read(task["read"]),
}


def name_of(task):
    """The act and, where there is one, the form."""
    (act, given), = task.items()
    return f"{act} {given['form']}" if "form" in given else act


def judge(task):
    """A task of the vectors."""
    name = name_of(task)
    if name not in ACTS:
        raise CannotJudge(f"receipts: {name}")
    return ACTS[name](task)
