"""The audience of a token (guide 8.1)."""

from . import form, names
from .fault import Refused
from .strict import Fault


def check_pattern(text):
    """Refused for a text that is no pattern."""
    address = text
    if text.endswith("*"):
        address = text[:-1]
        if not address.endswith("/"):
            raise Refused("audience_wildcard")
    if "*" in address:
        raise Refused("audience_wildcard")
    if not names.is_address(address):
        raise Refused("audience_url")


def check_audience(patterns):
    """Refused for patterns that are no audience."""
    for pattern in patterns:
        check_pattern(pattern)
    if not 1 <= len(patterns) <= 64:
        raise Refused("audience_count")
    if sum(map(len, patterns)) > 3072:
        raise Refused("audience_too_large")
    if len(patterns) != len(set(patterns)):
        raise Refused("audience_duplicate")


def matches(pattern, url):
    """Whether the address is the pattern, or below it."""
    if pattern.endswith("*"):
        return url.startswith(pattern[:-1])
    return url == pattern


def _is_pattern(text):
    try:
        check_pattern(text)
    except Refused:
        return False
    return True


_PATTERNS = form.array(form.checked(_is_pattern))


def audience(node):
    """The claim `aud`."""
    patterns = _PATTERNS(node)
    if patterns is not None and form.is_whole(node):
        try:
            check_audience(patterns)
        except Refused:
            raise Fault("json_shape", form.closing(node)) from None
    return patterns
