"""Kantara receipts: all that is wrong with one, and what the published schema says to it (guide 11.3)."""

from dataclasses import dataclass, field

from . import kantara_category, kantara_form, names, receipt_form, strict
from .kantara_form import RECEIPT, RULES

UNREADABLE = {"json_too_large": "kantara_too_large", "json_too_deep": "kantara_too_deep",
              "json_too_many": "kantara_too_many"}
WRAPPER = "consentReceipt"
# What a value of each kind is.
TYPES = {"text": str, "flag": bool, "list": list, "object": dict, "address": dict, "extension": object}


class Unreadable(Exception):
    """The only finding of a document."""

    def __init__(self, rule):
        super().__init__(rule)
        self.rule = rule


class Parser(strict.Parser):
    """A parser to which the last of two values counts."""

    def __init__(self, octets, limits):
        super().__init__(octets, limits)
        self.doubled = []

    def again(self, node, _at):
        self.doubled.append(node)


@dataclass
class Document:
    """A document that can be read: its value, and its objects with a name twice as they were in it."""

    value: dict
    root: strict.Node
    doubled: list


@dataclass
class Found:
    """What has been found: pairs of pointer and rule."""

    pairs: set = field(default_factory=set)
    categories: list = field(default_factory=list)

    def add(self, pointer, rule):
        """A finding; nothing stands twice."""
        if rule:
            self.pairs.add((pointer, rule))

    def sorted(self):
        """In the order of pointers and rules."""
        return sorted(self.pairs, key=lambda pair: [part.encode() for part in pair])

    def errors(self):
        """The rules that are errors."""
        return sorted({rule for _, rule in self.pairs if RULES[rule][0] == "error"})


def below(pointer, name):
    """The pointer to a member or an element."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def open_text(octets):
    """The document, or Unreadable."""
    if len(octets) > receipt_form.LIMITS.octets:
        raise Unreadable("kantara_too_large")
    parser, root = Parser(octets, receipt_form.LIMITS), strict.Node("nothing", 0)
    try:
        parser.document(root)
    except strict.Fault as fault:
        raise Unreadable(UNREADABLE.get(fault.code, "kantara_not_json")) from None
    if root.kind != "object":
        raise Unreadable("kantara_not_an_object")
    return Document(root.plain(), root, parser.doubled)


def is_wrapped(value):
    """Whether the receipt stands in a member of this object."""
    return isinstance(value.get(WRAPPER), dict) and RECEIPT.members.keys().isdisjoint(value)


def is_type(value, kind):
    """Whether a value is of the type of its member."""
    if kind == "time":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, TYPES[kind])


def node_of(value):
    """A value as a node of no place, for the forms."""
    if isinstance(value, dict):
        members = [(name, 0, node_of(inner)) for name, inner in value.items()]
        return strict.Node("object", 0, members=members, end=1)
    if isinstance(value, list):
        return strict.Node("array", 0, items=[node_of(inner) for inner in value], end=1)
    words = {True: "true", False: "false"} if isinstance(value, bool) else {}
    kind = words.get(value) if words else {str: "string", int: "integer", float: "number"}.get(type(value), "null")
    return strict.Node(kind, 0, value, end=1)


def is_extension(value):
    """Whether our member is of our form."""
    try:
        kantara_form.EXTENSION(node_of(value))
    except strict.Fault:
        return False
    return isinstance(value, dict)


def _time(value):
    if value <= names.LAST_SECOND:
        return None
    return "kantara_time_milliseconds" if value // 1000 <= names.LAST_SECOND else "kantara_time_beyond"


def _list(found, value, member, pointer):
    if not value and pointer != "/spiCat":
        found.add(pointer, "kantara_empty_list")
    for at, item in enumerate(value):
        place = below(pointer, at)
        if member.labels is None:
            _typed(found, item, kantara_form.Member("object", of=member.of), place)
        elif not isinstance(item, str):
            found.add(place, "kantara_wrong_type")
        elif kantara_form.is_blank(item):
            found.add(place, "kantara_empty_text")
        else:
            kind, _, shows = kantara_category.judge(item, member.labels)
            found.categories.append((place, kind, shows))


def _address(found, value, pointer):
    _names(found, value, kantara_form.ADDRESS, pointer)
    if not (value.keys() & kantara_form.ADDRESS.members.keys()) - {"@type"}:
        found.add(pointer, "kantara_address")
    for name in kantara_form.ADDRESS.members.keys() & value.keys():
        if not isinstance(value[name], str):
            found.add(below(pointer, name), "kantara_address_member")
        elif kantara_form.is_blank(value[name]):
            found.add(below(pointer, name), "kantara_empty_optional")


def _typed(found, value, member, pointer):
    """A value, by its member."""
    if not is_type(value, member.kind):
        found.add(pointer, "kantara_wrong_type")
    elif member.kind == "text" and kantara_form.is_blank(value):
        found.add(pointer, "kantara_empty_optional" if member.optional else "kantara_empty_text")
    elif member.kind == "text" and member.rule:
        found.add(pointer, member.rule(value))
    elif member.kind == "time":
        found.add(pointer, _time(value))
    elif member.kind == "list":
        _list(found, value, member, pointer)
    elif member.kind == "object":
        _object(found, value, member.of, pointer)
    elif member.kind == "address":
        _address(found, value, pointer)
    elif member.kind == "extension" and not is_extension(value):
        found.add(pointer, "kantara_extension")


def _names(found, value, form, pointer):
    """Names that the form does not have."""
    for name in value.keys() - form.members.keys():
        meant = form.misspelt(name)
        if meant:
            found.add(below(pointer, meant), "kantara_misspelt")
        else:
            found.add(pointer, "kantara_unknown_member")


def _object(found, value, form, pointer):
    _names(found, value, form, pointer)
    for name, member in form.members.items():
        if name not in value:
            found.add(below(pointer, name), None if member.optional else "kantara_missing")
        elif not member.apart:
            _typed(found, value[name], member, below(pointer, name))
    if form is kantara_form.PURPOSE:
        found.add(below(pointer, "thirdPartyName"), _third_party(value))


def _third_party(purpose):
    """What is wrong with the name, by what is said of disclosure."""
    disclosed, name = purpose.get("thirdPartyDisclosure"), purpose.get("thirdPartyName")
    is_empty = isinstance(name, str) and kantara_form.is_blank(name)
    if disclosed is True:
        if "thirdPartyName" not in purpose:
            return "kantara_third_party_unnamed"
        if not isinstance(name, str):
            return "kantara_wrong_type"
        return "kantara_empty_text" if is_empty else None
    if is_empty:
        return "kantara_empty_optional"
    if disclosed is not False or "thirdPartyName" not in purpose:
        return None
    return "kantara_third_party_denied" if isinstance(name, str) else "kantara_third_party_type"


def _sensitive(found, value):
    listed = value.get("spiCat")
    if value.get("sensitive") is True and listed == []:
        found.add("/spiCat", "kantara_sensitive_unlisted")
    if value.get("sensitive") is False and isinstance(listed, list) and listed:
        found.add("/spiCat", "kantara_sensitive_denied")


def _doubles(found, document):
    """Objects with a name twice, at their places."""
    def walk(node, form, pointer):
        if any(node is other for other in document.doubled):
            found.add(pointer, "kantara_duplicate_member")
        for at, item in enumerate(node.items):
            walk(item, form, below(pointer, at))
        for name, _, inner in node.members:
            known = form and (name if name in form.members else form.misspelt(name))
            walk(inner, known and form.members[known].of, below(pointer, known or name))
    walk(document.root, RECEIPT, "")


def judge(value):
    """All that is wrong with a receipt, but for names that stand twice."""
    found = Found()
    _object(found, value, RECEIPT, "")
    _sensitive(found, value)
    is_from_one = any(shows for _, _, shows in found.categories)
    for place, kind, _ in found.categories:
        found.add(place, kantara_category.rule(kind, is_from_one))
    return found


def _follows(value, member):
    """Whether the published schema takes a value: it looks at presence and types, and into no address."""
    if not is_type(value, member.kind):
        return False
    if member.kind == "list" and member.labels is None:
        return all(isinstance(item, dict) and _follows_form(item, member.of) for item in value)
    if member.kind == "list":
        return all(isinstance(item, str) for item in value)
    return True


def _follows_form(value, form):
    for name, member in form.members.items():
        if name not in value:
            if not member.optional:
                return False
        elif not member.apart and not _follows(value[name], member):
            return False
    disclosed = value.get("thirdPartyDisclosure") is True
    return not disclosed or isinstance(value.get("thirdPartyName"), str)


def verdict(octets):
    """Findings, and what the published schema says."""
    is_taken, found = False, Found()
    try:
        document = open_text(octets)
        if is_wrapped(document.value):
            raise Unreadable("kantara_wrapped")
        found, is_taken = judge(document.value), _follows_form(document.value, RECEIPT)
        _doubles(found, document)
    except Unreadable as only:
        found.add("", only.rule)
    return {
        "valid": not found.errors(), "schema": is_taken,
        "findings": [{"pointer": at, "rule": rule, "level": RULES[rule][0]} for at, rule in found.sorted()],
        "let_through": sorted({rule for _, rule in found.pairs if RULES[rule][1] == "no"}),
    }


def validate(task):
    """A task of the vectors."""
    return verdict(task["text"].encode() + b" " * task.get("pad", 0))
