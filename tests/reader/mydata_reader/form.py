"""Forms of values: each takes a node and gives a plain value, or raises the first fault.

A node that the parser has not finished is passed over: its fault is that of the parser.
"""

from . import names
from .strict import Fault

KINDS = {"string", "integer", "number", "true", "false", "null", "object", "array"}


def _shape(node):
    raise Fault("json_shape", node.at)


def is_whole(node):
    """Whether the parser has read the node to its end."""
    return node.end is not None


def closing(node):
    """Where what is said of the whole stands: at its end, and before anything that follows."""
    return node.end - 0.5


def text(node):
    """A string."""
    if node.kind == "nothing":
        return None
    if node.kind != "string":
        _shape(node)
    return node.value


def checked(rule):
    """A string for which `rule` holds."""
    def form(node):
        value = text(node)
        if node.kind == "string" and not rule(value):
            _shape(node)
        return value
    return form


def _begins(node):
    """Whether as much of a value is read as its first fault needs: of an object, a name or its end."""
    return node.kind != "object" or bool(node.members) or is_whole(node)


def one_of(*words):
    """An enumeration: a string and nothing else. An object is not judged before its first name is read."""
    def form(node):
        if node.kind == "nothing":
            return None
        if node.kind == "string" and node.value in words:
            return node.value
        if _begins(node):
            _shape(node)
        return None
    return form


def integer(low, high):
    """An integer from `low` to `high`."""
    def form(node):
        if node.kind == "nothing":
            return None
        if node.kind != "integer" or not low <= node.value <= high:
            _shape(node)
        return node.value
    return form


def boolean(node):
    """True or false."""
    if node.kind not in ("nothing", "true", "false"):
        _shape(node)
    return node.value


def array(of):
    """An array of values of one form."""
    def form(node):
        if node.kind == "nothing":
            return None
        if node.kind != "array":
            _shape(node)
        return [of(item) for item in node.items]
    return form


def mapping(name, of):
    """An object of any members whose names hold to a rule."""
    def form(node):
        if node.kind == "nothing":
            return None
        if node.kind != "object":
            _shape(node)
        for key, at, _ in node.members:
            if not name(key):
                raise Fault("json_shape", at)
        return {key: of(child) for key, _, child in node.members}
    return form


def present(_node):
    """There, whatever its value."""
    return True


def optional(of):
    """`null` is as good as absent."""
    def form(node):
        return None if node.kind == "null" else of(node)
    return form


class Object:
    """An object: mandatory and optional members, closed or open, and a rule between them."""

    def __init__(self, must=None, may=None, strict_may=None, closed=False, rule=None, alias=None):
        self.must = dict(must or {})
        self.may = dict(may or {})
        self.strict_may = dict(strict_may or {})
        self.closed = closed
        self.rule = rule
        self.alias = dict(alias or {})

    def __call__(self, node):
        if node.kind == "nothing":
            return None
        if node.kind == "array":
            raise Fault("json_array_for_object", node.at)
        if node.kind != "object":
            _shape(node)
        found = {}
        for name, at, child in node.members:
            known = self.alias.get(name, name)
            if known in found:
                raise Fault("json_shape", at)
            if known in self.must:
                found[known] = self.must[known](child)
            elif known in self.strict_may:
                found[known] = self.strict_may[known](child)
            elif known in self.may:
                found[known] = optional(self.may[known])(child)
            elif self.closed:
                raise Fault("json_shape", at)
        if is_whole(node):
            for name in self.must:
                if name not in found:
                    raise Fault("json_missing_member", closing(node))
            if self.rule is not None and not self.rule(found):
                raise Fault("json_shape", closing(node))
        return found


def variant(forms):
    """An object with exactly one member, whose name says which form its value has."""
    def form(node):
        if node.kind == "nothing":
            return None
        if node.kind != "object":
            _shape(node)
        if not node.members:
            if _begins(node):
                raise Fault("json_shape", closing(node))
            return None
        name, at, child = node.members[0]
        if name not in forms:
            raise Fault("json_shape", at)
        value = forms[name](child)
        if len(node.members) > 1:
            raise Fault("json_shape", node.members[1][1])
        return name, value
    return form


identifier = checked(names.is_id)
kid = checked(names.is_kid)
address = checked(names.is_address)
origin = checked(names.is_origin)
language = checked(names.is_language)
digest = checked(lambda value: names.digest(value) is not None)
base64url_digest = checked(lambda value: len(value) == 43 and names.digest(value) is not None)
time = integer(0, names.LAST_SECOND)


def issued(node):
    """A time, or text that nobody reads as one."""
    return time(node) if node.kind == "integer" else text(node)


def names_and_hash(node):
    """`q` and `h` of a proof: names, and a digest."""
    if node.kind == "nothing":
        return None
    if node.kind != "array":
        raise Fault("json_shape", node.at)
    forms = (array(text), digest)
    pair = [of(item) for of, item in zip(forms, node.items)]
    if len(node.items) > 2 and node.items[2].kind != "nothing":
        raise Fault("json_shape", node.items[2].at)
    if is_whole(node) and len(pair) < 2:
        raise Fault("json_shape", closing(node))
    return pair
