"""Categories of Kantara: a number, a dash and a label, and how others write them (guide 11.3)."""

import re

from .kantara_form import OTHER_LABELS

_NUMBER = re.compile(r"\s*([0-9]{1,9})(?![0-9A-Za-z])[\s.:)\u2010-\u2015-]*")


def written(number, labels):
    """A category as it is right."""
    return f"{number} - {labels[number - 1]}"


def _split(text):
    """The number, or None, and what stands after it."""
    found = _NUMBER.match(text)
    if not found:
        return None, text.strip()
    return int(found.group(1)), text[found.end():].strip()


def _number_of(label, labels):
    """The number of a label, in whatever capitals, or of one that others write."""
    known = {number: {text.lower()} for number, text in enumerate(labels, 1)}
    for number, other in OTHER_LABELS[labels].items():
        known[number].add(other.lower())
    return next((number for number, texts in known.items() if label.lower() in texts), None)


def judge(text, labels):
    """The kind of fault, the number that is meant, and whether it shows that numbers begin with 1.

    A number alone means none of them for sure. The kind is None, or the rest of the name of its rule; `next` is the label of the next number.
    """
    number, label = _split(text)
    if number is None:
        if label in labels:
            return "form", labels.index(label) + 1, False
        return "unknown", None, False
    is_own = 1 <= number <= len(labels)
    if is_own and text == written(number, labels):
        return None, number, True
    if is_own and not label:
        return "form", None, True
    if is_own and label == labels[number - 1]:
        return "form", number, True
    meant = _number_of(label, labels)
    if meant is None:
        return "unknown", None, bool(label)
    if meant == number:
        return "drift", number, True
    if meant == number + 1:
        return "next", meant, False
    return "contradicted", None, True


def rule(kind, is_from_one):
    """The rule of a kind, or None."""
    if kind == "next":
        kind = "contradicted" if is_from_one else "from_zero"
    return kind and f"kantara_category_{kind}"
