"""JSON as the guide has it (1.1): limits, names once, and the first fault in the document's order.

A document is parsed into nodes that know where they stand. What is asked of its form is asked of the
nodes afterwards; of a fault in the text and one in the form, the one that stands first is told.
"""

import re
from dataclasses import dataclass, field

from .fault import Refused


@dataclass(frozen=True)
class Limits:
    """Bounds of one document."""

    octets: int
    depth: int
    members: int
    values: int

    def enveloped(self):
        """The bounds of an envelope around a payload with these."""
        return Limits(self.octets // 3 * 4 + 8192, 8, 16, 64)


HEADER = Limits(1024, 3, 16, 64)
TOKEN = Limits(8 * 1024, 8, 64, 512)
RECORD = Limits(64 * 1024, 16, 128, 4096)
MESSAGE = Limits(512 * 1024, 32, 1024, 32 * 1024)


class Fault(Exception):
    """A fault and where it is."""

    def __init__(self, code, at):
        super().__init__(code)
        self.code = code
        self.at = at


@dataclass
class Node:
    """A value: `kind` is object, array, string, integer, number, true, false or null."""

    kind: str
    at: int
    value: object = None
    members: list = field(default_factory=list)
    items: list = field(default_factory=list)
    end: int = None

    def plain(self):
        """The value without places."""
        if self.kind == "object":
            return {name: node.plain() for name, _, node in self.members if node is not None}
        if self.kind == "array":
            return [node.plain() for node in self.items]
        return self.value


NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
ESCAPES = {
    ord('"'): '"', ord("\\"): "\\", ord("/"): "/", ord("b"): "\b",
    ord("f"): "\f", ord("n"): "\n", ord("r"): "\r", ord("t"): "\t",
}


class Parser:
    """One pass over the octets."""

    def __init__(self, octets, limits):
        self.octets = octets
        self.limits = limits
        self.at = 0
        self.values = 0

    def peek(self):
        """The next octet after white space, or None."""
        while self.at < len(self.octets) and self.octets[self.at] in b" \t\r\n":
            self.at += 1
        return self.octets[self.at] if self.at < len(self.octets) else None

    def fail(self, code="json_syntax"):
        raise Fault(code, self.at)

    def document(self, root):
        """Parses into `root`, which is filled as far as the text goes."""
        self.value(root, 0)
        if self.peek() is not None:
            self.fail()

    def value(self, node, depth):
        first = self.peek()
        node.at = self.at
        if first is None:
            self.fail()
        elif first == ord("{"):
            self.object(node, self.enter(depth))
        elif first == ord("["):
            self.array(node, self.enter(depth))
        elif first == ord('"'):
            node.kind, node.value = "string", self.string()
        else:
            self.scalar(node)
        node.end = self.at

    def enter(self, depth):
        if depth >= self.limits.depth:
            self.fail("json_too_deep")
        return depth + 1

    def again(self, _node, at):
        """A name that stands in the object already, at its second place."""
        raise Fault("json_duplicate_member", at)

    def count(self):
        self.values += 1
        if self.values > self.limits.values:
            self.peek()
            self.fail("json_too_many")

    def object(self, node, depth):
        node.kind = "object"
        self.at += 1
        if self.peek() == ord("}"):
            self.at += 1
            return
        names = set()
        while True:
            if self.peek() != ord('"'):
                self.fail()
            at = self.at
            name = self.string()
            if name in names:
                self.again(node, at)
            elif len(names) >= self.limits.members:
                raise Fault("json_too_many", at)
            names.add(name)
            child = Node("nothing", self.at)
            node.members.append((name, at, child))
            if self.peek() != ord(":"):
                self.fail()
            self.at += 1
            self.count()
            self.value(child, depth)
            following = self.peek()
            if following == ord("}"):
                self.at += 1
                return
            if following != ord(","):
                self.fail()
            self.at += 1

    def array(self, node, depth):
        node.kind = "array"
        self.at += 1
        if self.peek() == ord("]"):
            self.at += 1
            return
        while True:
            self.peek()
            self.count()
            child = Node("nothing", self.at)
            node.items.append(child)
            self.value(child, depth)
            following = self.peek()
            if following == ord("]"):
                self.at += 1
                return
            if following != ord(","):
                self.fail()
            self.at += 1

    def scalar(self, node):
        for word, value in ((b"true", True), (b"false", False), (b"null", None)):
            if self.octets.startswith(word, self.at):
                node.kind, node.value = word.decode(), value
                self.at += len(word)
                return
        found = NUMBER.match(self.octets, self.at)
        # A number that goes on in a way no number does is none; behind a whole fraction or exponent it is
        # over, and what follows is the fault.
        if not found or self._goes_on(found):
            self.fail()
        text = found.group().decode()
        # Too large for a double is no number, also where it is written without a fraction.
        if float(text) in (float("inf"), float("-inf")):
            self.fail()
        if found.group(1) or found.group(2) or text == "-0":
            node.kind, node.value = "number", float(text)
        else:
            node.kind, node.value = "integer", int(text)
        self.at = found.end()

    def _goes_on(self, found):
        if found.group(2):
            return False
        more = rb"[eE]" if found.group(1) else rb"[0-9.eE]"
        return bool(re.match(more, self.octets[found.end():found.end() + 1]))

    def string(self):
        octets, parts = self.octets, []
        self.at += 1
        while True:
            end = self.at
            while end < len(octets) and octets[end] not in b'"\\' and octets[end] >= 0x20:
                end += 1
            try:
                parts.append(octets[self.at:end].decode("utf-8"))
            except UnicodeDecodeError:
                self.fail()
            self.at = end
            if end >= len(octets) or octets[end] < 0x20:
                self.fail()
            self.at += 1
            if octets[end] == ord('"'):
                return "".join(parts)
            parts.append(self.escape())

    def escape(self):
        letter = self.octets[self.at] if self.at < len(self.octets) else None
        if letter in ESCAPES:
            self.at += 1
            return ESCAPES[letter]
        if letter != ord("u"):
            self.fail()
        self.at += 1
        unit = self.unit()
        if 0xDC00 <= unit <= 0xDFFF:
            self.fail()
        if 0xD800 <= unit <= 0xDBFF:
            if self.octets[self.at:self.at + 2] != b"\\u":
                self.fail()
            self.at += 2
            low = self.unit()
            if not 0xDC00 <= low <= 0xDFFF:
                self.fail()
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
        return chr(unit)

    def unit(self):
        digits = self.octets[self.at:self.at + 4]
        if not re.fullmatch(rb"[0-9A-Fa-f]{4}", digits):
            self.fail()
        self.at += 4
        return int(digits, 16)


def read(octets, limits, form):
    """The value that `form` makes of the document, or Refused with the code of its first fault."""
    if len(octets) > limits.octets:
        raise Refused("json_too_large")
    root, wrong = Node("nothing", 0), None
    try:
        Parser(octets, limits).document(root)
    except Fault as fault:
        wrong = fault
    value = None
    try:
        value = form(root)
    except Fault as fault:
        if wrong is None or fault.at < wrong.at:
            raise Refused(fault.code) from None
    if wrong is not None:
        raise Refused(wrong.code)
    return value
