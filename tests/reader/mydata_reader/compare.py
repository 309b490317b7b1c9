"""Whether what is expected is what this reader says.

A JWS counts by what it says: payload, and for each signature `alg`, `kid` and `typ`. A signature of
the examined party must verify; any other must be the one that this reader has, octet for octet.
"""

import json

from . import jose, names


def _is_jws(value):
    return isinstance(value, dict) and "payload" in value and (
        "signature" in value or "signatures" in value or "mine" in value)


def _compact(value):
    """A compact JWS as an object, and what stood before it."""
    if not isinstance(value, str):
        return None
    before, _, text = value.rpartition(" ")
    parts = text.split(".")
    if len(parts) != 3 or not all(names.decode(part) for part in parts):
        return None
    protected, payload, signature = parts
    return before, {"payload": payload, "protected": protected, "signature": signature}


def _header(part):
    if "mine" in part:
        return part["mine"]
    header = json.loads(names.decode(part["protected"]))
    return {**header, **(part.get("header") or {})}


def _signatures(jws, mine):
    """Each signature as a comparable text; a bad one of the examined party's is told."""
    said = []
    for part in jws.get("signatures", [jws]):
        header = _header(part)
        by, said_by = ("jwk", jose.Key.bare) if "jwk" in header else ("kid", lambda key: key.kid)
        key = next((key for key in mine if said_by(key) == header.get(by)), None)
        if key is None:
            said.append(f"{part['protected']}.{part['signature']}")
            continue
        good = "mine" in part or key.verifies(
            f"{part['protected']}.{jws['payload']}".encode(), names.decode(part["signature"]) or b"")
        said.append(json.dumps([header, "good" if good else "does not verify"], sort_keys=True))
    return sorted(said)


def plain(value, mine):
    """A value in which each JWS is what it says."""
    found = _compact(value)
    if found:
        before, value = found
        return plain({**value, "before": before}, mine)
    if _is_jws(value):
        payload = value["payload"]
        if isinstance(payload, str):
            payload = json.loads(names.decode(payload))
        return {"says": plain(payload, mine), "signed": _signatures(value, mine),
                "before": value.get("before", "")}
    if isinstance(value, dict):
        return {name: plain(inner, mine) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, mine) for inner in value]
    return value


def disagreement(expected, got, mine=()):
    """None, or one line about where the two verdicts differ. A step on the way need only be accepted."""
    if expected == "accepted":
        return None if "accepted" in got else f"expected to be accepted, got {_short(got)}"
    if "refused" in expected:
        wanted, had = expected["refused"], got.get("refused")
        if _codes(wanted) != _codes(had):
            return f"expected the refusal {wanted}, got {_short(got)}"
        others = (set(expected) | set(got)) - {"refused"}
    else:
        others = set(expected) | set(got)
    for name in sorted(others):
        if plain(expected.get(name), mine) != plain(got.get(name), mine):
            return f"{name}: expected {_short(expected.get(name))}, got {_short(got.get(name))}"
    return None


def _codes(codes):
    return {codes} if isinstance(codes, str) else set(codes) if codes is not None else None


def _short(value):
    text = json.dumps(value, default=str)
    return text if len(text) <= 600 else text[:600] + "..."
