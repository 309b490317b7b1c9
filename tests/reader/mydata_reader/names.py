"""Ids, base64url, digests and addresses (guide 1.2 to 1.6)."""

import base64
import hashlib
import re
import string

LAST_SECOND = 253402300799

ID = re.compile(r"[!#-;=?-\[\]-_a-~]{1,256}")
KID = re.compile(r"[A-Za-z0-9._~:-]{1,128}")


def is_id(text):
    """1 to 256 visible characters without five, and never the word that ends a chain."""
    return bool(ID.fullmatch(text)) and text.upper() != "NULL"


def is_kid(text):
    """A key id."""
    return bool(KID.fullmatch(text))


def is_language(text):
    """Two lower-case letters."""
    return bool(re.fullmatch(r"[a-z]{2}", text))


def encode(octets):
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text):
    """The octets, or None for anything but canonical base64url without padding."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return octets if encode(octets) == text else None


def sha256(octets):
    """SHA-256."""
    return hashlib.sha256(octets).digest()


def digest(text):
    """A digest as it stands in a payload: base64url, or 64 hexadecimal digits."""
    if len(text) == 64:
        return bytes.fromhex(text) if re.fullmatch(r"[0-9A-Fa-f]{64}", text) else None
    octets = decode(text)
    return octets if octets is not None and len(octets) == 32 else None


# What the URL standard lets stand in a path.
_PATH = set(string.ascii_letters + string.digits + "!$&'()+,-./:;=@[]^_|~*%")
# What the URL standard lets stand in a host name.
_HOST = set(string.ascii_lowercase + string.digits + "!\"$&'()*+,-.;=_`{}~")


# The ports that the schemes of the web leave out.
_PORTS = {"https": 443, "http": 80, "ws": 80, "wss": 443, "ftp": 21}


def address_fault(text):
    """The code of the first rule that an address breaks, or None (guide 1.5)."""
    split = _split(text)
    if isinstance(split, str):
        return split
    host, path = split
    if not is_host_name(host):
        return "url_host_not_name"
    if set(path) & set("[]^|"):
        return "url_not_canonical"
    if "*" in path:
        return "url_wildcard"
    for hidden in path.split("%")[1:]:
        if not re.match("[0-9A-F]{2}", hidden):
            return "url_not_canonical"
        octet = int(hidden[:2], 16)
        if octet in b"./\\%\0":
            return "url_encoded_separator"
        if chr(octet) in string.ascii_letters + string.digits + "-_~":
            return "url_not_canonical"
    inner = path[1:-1] if path.endswith("/") else path[1:]
    if path == "//" or (inner and "" in inner.split("/")):
        return "url_empty_segment"
    return None


def is_host_name(host):
    """A plain domain name: labels of letters, digits and inner hyphens, the last not of digits alone."""
    labels = host.split(".")
    return (len(host) <= 253 and not labels[-1].isdigit()
            and all(re.fullmatch("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels))


def _split(text):
    """Host and path, or the code of what is wrong with the whole."""
    odd = "url_not_canonical"
    if len(text) > 2048 or not all("!" <= c <= "~" for c in text):
        return odd
    scheme, found, rest = text.partition(":")
    if not found or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        return odd
    if scheme not in _PORTS:
        return "url_not_https"
    match = re.fullmatch(r"//(?:([^/?#\\@]+)@)?(\[[0-9a-f:]+\]|[^/?#\\@:]+)(:[0-9]+)?(/[^?#]*)?([?#].*)?",
                         rest)
    if not match:
        return odd
    user, host, port, path, extra = match.groups()
    if port is not None:
        number = int(port[1:])
        if port != f":{number}" or number > 65535 or number == _PORTS[scheme]:
            return odd
    if path is None or not _is_plain_path(path) or not _is_host(host):
        return odd
    if scheme != "https":
        return "url_not_https"
    return "url_has_query" if user or extra else (host, path)


def _is_plain_path(path):
    """Whether the URL standard would leave the path as it is."""
    segments = (re.sub("%2[eE]", ".", segment) for segment in path.split("/"))
    return set(path) <= _PATH and all(segment not in (".", "..") for segment in segments)


def _is_host(host):
    if host.startswith("["):
        return True
    if not set(host) <= _HOST:
        return False
    last = host.rstrip(".").rsplit(".", 1)[-1]
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last):
        parts = host.split(".")
        # An address of numbers has one spelling; in any other it would be rewritten.
        return len(parts) == 4 and all(p.isdigit() and p == str(int(p)) and int(p) < 256 for p in parts)
    return all(_is_label(label) for label in host.split("."))


def _is_label(label):
    if not label.startswith("xn--"):
        return True
    try:
        # The older standard of such names knows fewer of them; those it knows have one spelling.
        return label.encode().decode("idna").encode("idna").decode() == label
    except UnicodeError:
        return False


def is_address(text):
    """An address of a resource in its one spelling."""
    return address_fault(text) is None


def is_origin(text):
    """An address without its path."""
    return is_address(text + "/") and text.count("/") == 2


def is_page(text):
    """An https address that a person may follow (guide 9); read by nobody but people."""
    visible = all("!" <= c <= "~" and c != "\\" for c in text)
    match = re.fullmatch(r"https:/*(?:([^/?#]*)@)?([^/?#@]+)([/?#].*)?", text, re.I)
    return len(text) <= 2048 and visible and match is not None and not match.group(1)


def is_jwe(text):
    """The compact form of a JWE."""
    parts = text.split(".")
    return (len(parts) == 5 and len(text) <= 65536 and bool(parts[0]) and bool(parts[3])
            and all(re.fullmatch("[A-Za-z0-9_-]*", part) for part in parts))


def authority(url):
    """Host, and port unless it is 443."""
    return url[len("https://"):].partition("/")[0]


def path_of(url):
    """The path of an address."""
    return "/" + url[len("https://"):].partition("/")[2]
