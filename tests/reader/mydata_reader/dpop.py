"""DPoP, the other way of a sink to prove that it holds its key (guide 8.5, RFC 9449)."""

import re

from . import form, jose, names, strict
from .fault import Refused

_HEADER = form.Object(
    may={"alg": form.text, "typ": form.text},
    strict_may={"jwk": jose.JWK_WIRE} | dict.fromkeys(
        ("crit", "b64", "cty", *(name for name in jose.KEYS_OF_ITS_OWN if name != "jwk")), form.present))


def _header(protected, unprotected, typ):
    """alg, and the key that the header brings: to be compared, and never used."""
    if unprotected is not None:
        raise Refused("jws_header_unknown_member")
    header = jose.read_header(protected, _HEADER, typ)
    if header.get("jwk") is None:
        raise Refused("jws_jwk_missing")
    try:
        return header["alg"], jose.make_key(header["jwk"], is_named=False)
    except Refused:
        raise Refused("jws_jwk_invalid") from None


PROOF = jose.Kind("dpop_proof", "dpop+jwt", ("sink",), form.Object(
    must={"jti": form.identifier, "htm": form.text, "htu": form.text, "iat": form.time, "ath": form.base64url_digest},
    may={"nonce": form.identifier, "x_mydata": form.Object(
        may={"q": form.base64url_digest, "b": form.base64url_digest}, strict_may={"h": form.names_and_hash})}),
    strict.TOKEN, header=_header)


def hash_of(text):
    """What a proof says of a token or a query."""
    return names.encode(names.sha256(text.encode()))


def only_header(headers):
    """The proof of a request, which has exactly one."""
    found = [value for name, value in headers if name.lower() == "dpop"]
    if not found:
        raise Refused("proof_dpop_missing")
    if len(found) > 1:
        raise Refused("proof_dpop_twice")
    return found[0]


def check_request(claims, token, request, check_headers):
    """Steps 16a to 22 of the decision; step 21 is that of a signed request."""
    if names.digest(claims["ath"]) != names.sha256(token.encode()):
        raise Refused("proof_token_hash_mismatch")
    if claims["htm"] != request.method:
        raise Refused("proof_method_mismatch")
    if _plain(claims["htu"]) not in _spellings(request.url):
        raise Refused("proof_uri_mismatch")
    covered = claims.get("x_mydata") or {}
    query, body = covered.get("q"), covered.get("b")
    if query is None and request.query is not None:
        raise Refused("proof_query_missing")
    if query is not None and request.query is None:
        raise Refused("proof_query_unexpected")
    if query is not None and names.digest(query) != names.sha256(request.query.encode()):
        raise Refused("proof_query_mismatch")
    check_headers(covered.get("h"), request)
    if body is None and request.body:
        raise Refused("proof_body_missing")
    if body is not None and names.digest(body) != names.sha256(request.body):
        raise Refused("proof_body_mismatch")


def _plain(htu):
    """Without query and fragment, scheme and authority in small letters."""
    address = re.split(r"[?#]", htu)[0]
    found = re.fullmatch(r"(https://[^/]*)(.*)", address, flags=re.I | re.S)
    return found.group(1).lower() + found.group(2) if found else address


def _spellings(url):
    authority = names.authority(url)
    named = [] if ":" in authority else [f"https://{authority}:443{names.path_of(url)}"]
    return [url, *named]


def remembered(proof):
    """What a proof is known again by: its key and its `jti`."""
    (_, key), = proof.signed_by
    return names.sha256(key.canonical() + b"." + proof.payload["jti"].encode())


def claims(token, request, now, jti, nonce):
    """The claims of a proof for a request with a token."""
    said = {"jti": jti, "htm": request.method, "htu": request.url, "iat": now, "ath": hash_of(token)}
    covered = {}
    if request.query is not None:
        covered["q"] = hash_of(request.query)
    if request.body:
        covered["b"] = names.encode(names.sha256(request.body))
    return said | ({"nonce": nonce} if nonce else {}) | ({"x_mydata": covered} if covered else {})
