"""Residents' access tokens (guide 12.5)."""

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import form, jose, names, strict
from .fault import Refused

LONGEST = 16384
CLAIMS = strict.Limits(12288, 16, 256, 2048)
SET = strict.Limits(262144, 8, 64, 8192)
LEVELS = ("unknown", "low", "substantial", "high")
_HEADER = form.Object(
    may=dict.fromkeys(("alg", "typ", "kid"), form.text),
    strict_may=dict.fromkeys(("crit", "b64", "cty", "jwk", "jku", "x5u", "x5c"), form.present))
_NOT_OF_ACCESS = ("nonce", "at_hash", "c_hash", "events")
# A modulus that is a power of 65537 modulo each of these can be factored.
_PRIMES = [n for n in range(3, 168) if all(n % m for m in range(2, n))]


def anything(node):
    """A value of whatever kind."""
    return None if node.kind == "nothing" else node.plain()


class RsaKey:
    """A key for RS256."""

    curve = "RSA"

    def __init__(self, jwk):
        if any(name in jwk for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")):
            raise Refused("rsa_private")
        self.kid, octets = jwk.get("kid"), names.decode(jwk["n"])
        operations = jwk.get("key_ops", ["verify"])
        is_good = (isinstance(operations, list) and isinstance(self.kid, str) and names.is_kid(self.kid) and jwk["e"] == "AQAB"
                   and jwk.get("alg", "RS256") == "RS256" and jwk.get("use", "sig") == "sig"
                   and all(isinstance(one, str) for one in operations) and "verify" in operations)
        if not is_good or not octets or octets[0] == 0:
            raise Refused("rsa_shape")
        modulus = int.from_bytes(octets, "big")
        if modulus % 2 == 0 or not 2048 <= modulus.bit_length() <= 4096 or _is_roca(modulus):
            raise Refused("rsa_modulus")
        self.size = len(octets)
        self.public = rsa.RSAPublicNumbers(65537, modulus).public_key()

    def verifies(self, message, signature):
        """Whether it is this key's signature."""
        if len(signature) != self.size:
            return False
        try:
            self.public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def _is_roca(modulus):
    return all(modulus % prime in {pow(65537, n, prime) for n in range(prime)} for prime in _PRIMES)


def _key(jwk):
    """A key that verifies tokens, or None."""
    try:
        if jwk["kty"] == "RSA":
            return RsaKey(jwk)
        # Of our own kinds: read again by the rules of 2.1; a member of another kind spoils the key.
        known = {name: jwk[name] for name in ("kty", "kid", "crv", "x", "y", "alg", "use") if name in jwk}
        operations = jwk.get("key_ops", ["verify"])
        if not isinstance(operations, list) or not all(isinstance(one, str) for one in (*known.values(), *operations)):
            return None
        private = {name: True for name in "dkpq" if name in jwk}
        return jose.make_key({**known, **private, "key_ops": operations})
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        return None


def read_set(octets):
    """The keys of a provider by their ids."""
    try:
        found = strict.read(octets, SET, form.Object(must={"keys": form.array(anything)}))["keys"]
    except Refused:
        raise Refused("provider_keys_shape") from None
    if len(found) > 64:
        raise Refused("provider_keys_many")
    keys = [key for key in map(_key, found) if key]
    if not keys:
        raise Refused("provider_keys_none")
    if len({key.kid for key in keys}) < len(keys):
        raise Refused("provider_kid_twice")
    return {key.kid: key for key in keys}


def is_visible(text):
    """1 to 255 visible characters."""
    return isinstance(text, str) and bool(re.fullmatch("[!-~]{1,255}", text))


def check_provider(provider):
    """Whether a provider can be configured so."""
    issuer = provider["issuer"]
    plain = is_visible(issuer) and re.fullmatch(r"[A-Za-z0-9._~:/\[\]-]+", issuer)
    found = re.fullmatch(r"https://[^/]+(/.*)?|http://(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]+))?(/.*)?", issuer)
    if not plain or not found or (found.group(3) and int(found.group(3)) > 65535):
        raise Refused("provider_issuer")
    if not is_visible(provider["audience"]):
        raise Refused("provider_audience")
    if provider.get("leeway", 0) > 60:
        raise Refused("provider_leeway")
    if not 0 < provider.get("longest", 3600) <= 86400:
        raise Refused("provider_longest")


def _read(text):
    """Header, claims, what is signed, and the signature."""
    malformed = Refused("identity_malformed")
    parts = text.split(".")
    octets = [names.decode(part) for part in parts]
    if len(text.encode()) > LONGEST or len(parts) != 3 or not all(octets):
        raise malformed
    try:
        header = strict.read(octets[0], strict.HEADER, _HEADER)
        claims = strict.read(octets[1], CLAIMS, form.Object())
        claims = strict.read(octets[1], CLAIMS, anything)
    except Refused:
        raise malformed from None
    return header, claims, ".".join(parts[:2]).encode(), octets[2]


def _check_header(header):
    if header.get("alg") not in ("RS256", *jose.ALGORITHMS):
        raise Refused("identity_alg")
    if header.get("typ") not in ("JWT", "at+jwt", "application/at+jwt"):
        raise Refused("identity_typ")
    if any(value is True for value in header.values()):
        raise Refused("identity_header")
    if header.get("kid") is None or not names.is_kid(header["kid"]):
        raise Refused("identity_kid")


def _time(claims, name):
    value = claims.get(name)
    return value if type(value) is int and 0 <= value <= names.LAST_SECOND else None


def _texts(value):
    """A text, or the texts of a list."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _check_whose(claims, provider):
    if claims.get("iss") != provider["issuer"]:
        raise Refused("identity_issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if len(audiences) > 16 or not all(isinstance(one, str) for one in audiences) or provider["audience"] not in audiences:
        raise Refused("identity_audience")
    clients = provider.get("clients", [])
    if clients and claims.get("azp") not in clients:
        raise Refused("identity_client")


def _check_times(claims, provider, now):
    leeway, end = provider.get("leeway", 30), _time(claims, "exp")
    if end is None or end + leeway <= now:
        raise Refused("identity_expired")
    for name in ("nbf", "iat"):
        if name in claims:
            since = _time(claims, name)
            if since is None or since > now + leeway:
                raise Refused("identity_not_yet")
    if "iat" not in claims or end - claims["iat"] > provider.get("longest", 3600):
        raise Refused("identity_too_long")


def _check_kind(claims, typ):
    is_other = typ == "JWT" and any(name in claims for name in _NOT_OF_ACCESS)
    if claims.get("typ", "Bearer") != "Bearer" or is_other:
        raise Refused("identity_not_access")
    if "cnf" in claims:
        raise Refused("identity_bound")
    if not is_visible(claims.get("sub")):
        raise Refused("identity_subject")


def _level(claims, provider):
    known = provider.get("levels") or {"claim": "loa", "words": [[name, name] for name in LEVELS]}
    def meant(word):
        return min((LEVELS.index(level) for name, level in known["words"] if name == word), default=0)
    return max((meant(word) for word in _texts(claims.get(known["claim"]))), default=0)


def _scopes(claims, provider):
    authorization = claims.get("authorization")
    permissions = authorization.get("permissions") if isinstance(authorization, dict) else None
    found = [scope for one in (permissions if isinstance(permissions, list) else [])
             if isinstance(one, dict) and isinstance(one.get("scopes"), list) for scope in _texts(one["scopes"])]
    for name in provider.get("scope_claims", []):
        found += [word for text in _texts(claims.get(name)) for word in text.split(" ")]
    return sorted({scope for scope in found if is_visible(scope)})


def judge(task):
    """Who a token proves."""
    provider, now = task["provider"], task["at"]
    check_provider(provider)
    keys = read_set(task["keys"].encode())
    header, claims, signed, signature = _read(task["token"])
    _check_header(header)
    key = keys.get(header["kid"])
    if key is None:
        raise Refused("identity_kid")
    if key.curve != {**jose.ALGORITHMS, "RS256": "RSA"}[header["alg"]]:
        raise Refused("identity_alg_mismatch")
    fits = isinstance(key, RsaKey) or len(signature) == 64
    if not fits or not key.verifies(signed, signature):
        raise Refused("identity_signature")
    _check_whose(claims, provider)
    _check_times(claims, provider, now)
    _check_kind(claims, header["typ"])
    said = {"issuer": claims["iss"], "subject": claims["sub"], "until": claims["exp"],
            "assurance": LEVELS[_level(claims, provider)], "scopes": _scopes(claims, provider)}
    identified = _time(claims, "auth_time")
    if identified is not None and identified <= now + provider.get("leeway", 30):
        said["authenticated"] = identified
    if is_visible(claims.get("sid")):
        said["session"] = claims["sid"]
    if LEVELS.index(said["assurance"]) < LEVELS.index(task.get("least", "unknown")):
        raise Refused("identity_assurance")
    if "freshest" in task and ("authenticated" not in said or now - said["authenticated"] > task["freshest"]):
        raise Refused("identity_too_old")
    return said
