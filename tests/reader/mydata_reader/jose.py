"""Keys and the signed envelope (guide 2 and 3)."""

import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import form, names, strict
from .fault import Refused

FIELD = 2**255 - 19
# y of the points of Ed25519 whose order divides eight.
SMALL = {
    0, 1, FIELD - 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
}
ALGORITHMS = {"EdDSA": "Ed25519", "Ed25519": "Ed25519", "ES256": "P-256"}


@dataclass(frozen=True)
class Key:
    """A public key: its id, its curve, and its numbers."""

    kid: str
    curve: str
    x: bytes
    y: bytes = b""

    @property
    def numbers(self):
        """What makes two keys one, whatever they are called."""
        return (self.curve, self.x, self.y)

    def overlaps(self, other):
        """Whether the two could pass for one another."""
        return self.numbers == other.numbers or self.kid == other.kid

    def is_meant(self, by):
        """Whether a header means this key: by its id, or by bringing its numbers (8.5)."""
        return self.numbers == by.numbers if isinstance(by, Key) else self.kid == by

    def bare(self):
        """The required members of the JWK."""
        members = {"crv": self.curve, "kty": "EC" if self.y else "OKP", "x": names.encode(self.x)}
        if self.y:
            members["y"] = names.encode(self.y)
        return members

    def canonical(self):
        """The octets that a thumbprint is of."""
        return json.dumps(self.bare(), separators=(",", ":"), sort_keys=True).encode()

    def thumbprint(self):
        """RFC 7638."""
        return names.encode(names.sha256(self.canonical()))

    def verifies(self, message, signature):
        """Whether the 64 octets are this key's signature over the message."""
        try:
            if self.curve == "Ed25519":
                Ed25519PublicKey.from_public_bytes(self.x).verify(signature, message)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                point = b"\x04" + self.x + self.y
                public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
                public.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


def _coordinate(value):
    octets = names.decode(value) if value is not None else None
    if octets is None or len(octets) != 32:
        raise Refused("key_coordinate")
    return octets


def make_key(wire, is_named=True):
    """A key from the members of a JWK, or Refused, in the order of the guide (2.1); one without a name is bare."""
    if any(wire.get(name) for name in "dkpq") or wire.get("kty") == "oct":
        raise Refused("key_private")
    if is_named and wire.get("kid") is None:
        raise Refused("key_no_kid")
    if is_named and not names.is_kid(wire["kid"]):
        raise Refused("key_kid_invalid")
    kid = wire["kid"] if is_named else ""
    kind = (wire.get("kty"), wire.get("crv"))
    if kind == ("OKP", "Ed25519"):
        if wire.get("y") is not None:
            raise Refused("key_coordinate")
        point = _coordinate(wire.get("x"))
        y = int.from_bytes(point, "little") & (2**255 - 1)
        if y in SMALL:
            raise Refused("key_small_order")
        if y >= FIELD:
            raise Refused("key_not_canonical")
        key = Key(kid, "Ed25519", point)
    elif kind == ("EC", "P-256"):
        key = Key(kid, "P-256", _coordinate(wire.get("x")), _coordinate(wire.get("y")))
    else:
        raise Refused("key_type_unsupported")
    if wire.get("alg") is not None and ALGORITHMS.get(wire["alg"]) != key.curve:
        raise Refused("key_alg_mismatch")
    usage, operations = wire.get("use"), wire.get("key_ops")
    if usage not in (None, "sig") or operations is not None and "verify" not in operations:
        raise Refused("key_not_for_signing")
    return key


def check_pair(jwk):
    """Refused for a private JWK whose two halves do not belong together."""
    number = names.decode(jwk["d"])
    try:
        if jwk["crv"] == "Ed25519":
            public = Ed25519PrivateKey.from_private_bytes(number).public_key()
            is_one = public.public_bytes_raw() == names.decode(jwk["x"])
        else:
            public = ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1()).public_key()
            halves = [names.encode(n.to_bytes(32, "big")) for n in (public.public_numbers().x, public.public_numbers().y)]
            is_one = halves == [jwk["x"], jwk["y"]]
    except ValueError:
        is_one = False
    if not is_one:
        raise Refused("private_key_inconsistent")


def make_set(wires):
    """A key set from JWKs."""
    keys = [make_key(wire) for wire in wires]
    if not keys:
        raise Refused("key_set_empty")
    if len(keys) > 64:
        raise Refused("key_set_too_large")
    for at, key in enumerate(keys):
        for earlier in keys[:at]:
            if key.kid == earlier.kid:
                raise Refused("key_duplicate_kid")
            if key.numbers == earlier.numbers:
                raise Refused("key_duplicate_key")
    return keys


def _is_good(make):
    def rule(wire):
        try:
            make(wire)
        except Refused:
            return False
        return True
    return rule


_MEMBERS = {
    "may": {**dict.fromkeys(("kid", "crv", "x", "y", "alg", "use"), form.text),
            "key_ops": form.array(form.text)},
    "strict_may": dict.fromkeys("dkpq", form.present),
}
JWK_WIRE = form.Object(must={"kty": form.text}, **_MEMBERS)
JWK = form.Object(must={"kty": form.text}, rule=_is_good(make_key), **_MEMBERS)
JWKS = form.Object(must={"keys": form.array(JWK_WIRE)}, rule=_is_good(lambda w: make_set(w["keys"])))


def read_key(octets):
    """A JWK that stands alone."""
    try:
        wire = strict.read(octets, strict.TOKEN, JWK_WIRE)
    except Refused:
        raise Refused("key_shape") from None
    return make_key(wire)


def read_set(octets):
    """A JWK Set that stands alone."""
    wires = form.Object(must={"keys": form.array(JWK_WIRE)})
    try:
        wire = strict.read(octets, strict.RECORD, wires)
    except Refused:
        raise Refused("key_shape") from None
    return make_set(wire["keys"])


@dataclass(frozen=True)
class Kind:
    """A kind of record: its `typ`, who signs it, its form and bounds, and how its header is read."""

    name: str
    typ: str
    parties: tuple
    form: object
    limits: object = strict.RECORD
    all_sign: bool = True
    header: object = None

    @property
    def count(self):
        """How many signatures it bears."""
        return len(self.parties) if self.all_sign else 1


@dataclass
class Envelope:
    """The parts as they travel: the payload, and for each signature protected, kid, signature."""

    payload: str
    signatures: list


_UNPROTECTED = form.Object(must={"kid": form.kid}, closed=True)
_PART = form.Object(must={"protected": form.text, "signature": form.text},
                    strict_may={"header": _UNPROTECTED}, closed=True)
_WIRE = {"must": {"payload": form.text}, "closed": True,
         "strict_may": {"protected": form.text, "header": _UNPROTECTED, "signature": form.text,
                        "signatures": form.array(_PART)}}


def _assemble(wire):
    """An Envelope, or Refused for parts that do not belong together."""
    alone = {"protected", "header", "signature"} & wire.keys()
    if "signatures" in wire:
        if alone:
            raise Refused("jws_mixed_forms")
        parts = wire["signatures"]
        if not 1 <= len(parts) <= 4:
            raise Refused("jws_malformed")
    elif "protected" in wire and "signature" in wire:
        parts = [wire]
    else:
        raise Refused("jws_malformed")
    signatures = [(p["protected"], p.get("header"), p["signature"]) for p in parts]
    return Envelope(wire["payload"], signatures)


# An envelope inside a message: what is wrong with it is a wrong form of the message.
SEALED = form.Object(rule=_is_good(_assemble), **_WIRE)


def from_wire(wire):
    """The envelope of an object that has been read by SEALED."""
    return _assemble(wire)


def from_json(octets, kind):
    """An envelope in one of the two JSON forms, standing alone."""
    return _assemble(strict.read(octets, kind.limits.enveloped(), form.Object(**_WIRE)))


def from_compact(text, kind):
    """An envelope in the compact form."""
    parts = text.split(".")
    if len(text.encode()) > kind.limits.enveloped().octets or len(parts) != 3:
        raise Refused("jws_malformed")
    return Envelope(parts[1], [(parts[0], None, parts[2])])


def from_text(text, kind):
    """An envelope in whichever form."""
    if text.lstrip().startswith("{"):
        return from_json(text.encode(), kind)
    return from_compact(text, kind)


KEYS_OF_ITS_OWN = ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256")
_HEADER = form.Object(
    may={"alg": form.text, "typ": form.text}, strict_may={
        "kid": form.text,
        **dict.fromkeys(("crit", "b64", "cty", *KEYS_OF_ITS_OWN), form.present),
    }, closed=True)


def read_header(protected, header_form, typ):
    """The members of one header, as far as all headers have the same rules (guide 3.4, steps 3 to 10)."""
    if len(protected.encode()) > 1024:
        raise Refused("jws_header_too_large")
    octets = names.decode(protected)
    if octets is None:
        raise Refused("jws_not_base64url")
    try:
        header = strict.read(octets, strict.HEADER, header_form)
    except Refused as refused:
        shape = refused.code == "json_shape"
        raise Refused("jws_header_unknown_member" if shape else refused.code) from None
    if "crit" in header or "b64" in header:
        raise Refused("jws_crit")
    # True is what is there and not read: the key that a proof must bring (8.5) is read.
    if any(header.get(name) is True for name in KEYS_OF_ITS_OWN):
        raise Refused("jws_key_in_header")
    if "cty" in header:
        raise Refused("jws_nested")
    if header.get("alg") not in ALGORITHMS:
        raise Refused("jws_alg_unsupported")
    if header.get("typ") is None:
        raise Refused("jws_typ_missing")
    if header["typ"] != typ:
        raise Refused("jws_typ_mismatch")
    return header


def _header(protected, unprotected, typ):
    """alg and kid of one signature."""
    header = read_header(protected, _HEADER, typ)
    if "kid" in header and unprotected is not None:
        raise Refused("jws_kid_twice")
    if unprotected is not None:
        return header["alg"], unprotected["kid"]
    if "kid" not in header:
        raise Refused("jws_kid_missing")
    if not names.is_kid(header["kid"]):
        raise Refused("jws_kid_unknown")
    return header["alg"], header["kid"]


@dataclass
class Opened:
    """A record that is read and not believed."""

    kind: Kind
    envelope: Envelope
    headers: list
    payload: dict

    def verify(self, keys):
        """Who signed, when exactly the right ones did (guide 3.4 C); `keys` by party."""
        if len(self.headers) != self.kind.count:
            raise Refused("jws_signer_set")
        signed_by = []
        for (alg, by), (protected, _, signature) in zip(self.headers, self.envelope.signatures):
            party, key = self._find(by, keys)
            if any(p == party or k.numbers == key.numbers for p, k in signed_by):
                raise Refused("jws_signer_set")
            if ALGORITHMS[alg] != key.curve:
                raise Refused("jws_alg_mismatch")
            octets = names.decode(signature)
            if octets is None:
                raise Refused("jws_not_base64url")
            message = f"{protected}.{self.envelope.payload}".encode()
            if len(octets) != 64 or not key.verifies(message, octets):
                raise Refused("jws_signature_invalid")
            signed_by.append((party, key))
        return Verified(self.kind, self.envelope, self.payload, signed_by)

    def _find(self, by, keys):
        fitting = [(party, key) for party in self.kind.parties
                   for key in keys.get(party, []) if key.is_meant(by)]
        if len(fitting) > 1:
            raise Refused("jws_kid_ambiguous")
        if not fitting:
            raise Refused("jws_jwk_unknown" if isinstance(by, Key) else "jws_kid_unknown")
        return fitting[0]


@dataclass
class Verified:
    """A record with exactly the signatures that it must bear."""

    kind: Kind
    envelope: Envelope
    payload: dict
    signed_by: list

    def signed(self):
        """The octets that the first signature is over."""
        return f"{self.envelope.signatures[0][0]}.{self.envelope.payload}"

    def digest(self):
        """SHA-256 of those (guide 3.5)."""
        return names.sha256(self.signed().encode())

    def is_by(self, party):
        """Whether the party signed."""
        return any(p == party for p, _ in self.signed_by)

    def same(self, other):
        """Whether the two are one record (guide 3.4, end)."""
        mine = {(p, k) for p, k in self.signed_by}
        return self.signed() == other.signed() and mine == {(p, k) for p, k in other.signed_by}


def open_envelope(envelope, kind):
    """Reads headers and payload (guide 3.4 B)."""
    header = kind.header or _header
    headers = [header(p, u, kind.typ) for p, u, _ in envelope.signatures]
    if len(envelope.payload.encode()) // 4 * 3 > kind.limits.octets:
        raise Refused("json_too_large")
    octets = names.decode(envelope.payload)
    if octets is None:
        raise Refused("jws_not_base64url")
    return Opened(kind, envelope, headers, strict.read(octets, kind.limits, kind.form))
