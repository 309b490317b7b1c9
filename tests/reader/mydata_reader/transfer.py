"""Tokens, signed requests and the decision of a source (guide 8)."""

import re
from dataclasses import dataclass, field

from . import dpop, jose, names, patterns, records
from .chains import FINAL, standing
from .fault import Refused

PAST, FUTURE, LEEWAY, LONGEST = 60, 5, 5, 8192
QUERY, PARAMETERS = 4096, 128
HEADERS, HEADER_OCTETS = 64, 32768

# A receiver that cannot remember a request says so.
BUSY = {"replay_guard_full", "replay_guard_memory"}


@dataclass
class Request:
    """A request as far as a signature covers it, and what the source that decides demands of it."""

    method: str
    url: str
    query: str
    body: bytes
    headers: tuple = ()
    demanded: tuple = ()
    nonces: tuple = ()


def received(origin, target, method, body, headers=()):
    """A request that has arrived at `origin` (guide 8.2), or Refused."""
    if not target.startswith("/"):
        raise Refused("request_target_form")
    if "#" in target:
        raise Refused("request_fragment")
    path, found, query = target.partition("?")
    fault = names.address_fault(origin + path)
    if fault:
        raise Refused(fault)
    if not is_method(method):
        raise Refused("request_method")
    if found and not is_query(query):
        raise Refused("request_query")
    if not are_headers(headers):
        raise Refused("request_headers")
    return Request(method, origin + path, query if found else None, body, headers)


def is_method(method):
    """Whether the text can be the method of a request."""
    return bool(re.fullmatch(r"[A-Z0-9-]{1,32}", method))


def is_query(query):
    """Whether the text can be the query of a request."""
    is_plain = re.fullmatch(r"(?:[A-Za-z0-9!$&'()*+,./:;=?@_~-]|%[0-9A-Fa-f]{2})*", query)
    parameters = query.split("&")
    return len(query) <= QUERY and bool(is_plain) and all(parameters) and len(parameters) <= PARAMETERS


def are_headers(headers):
    """Whether the pairs can be the headers of a request."""
    octets = sum(len(part.encode()) for pair in headers for part in pair)
    return len(headers) <= HEADERS and octets <= HEADER_OCTETS and all(
        re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) and value == value.strip(" \t")
        and not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) for name, value in headers)


def _name(parameter):
    return parameter.partition("=")[0]


def in_order(wanted, query):
    """The parameters in the order of `wanted` names, or None when the names are not those."""
    left = query.split("&")
    if len(wanted) != len(left):
        return None
    hashed = []
    for name in wanted:
        found = next((p for p in left if _name(p) == name), None)
        if found is None:
            return None
        left.remove(found)
        hashed.append(found)
    return "&".join(hashed)


def check_request(proof, request):
    """Steps 17 to 22 of the decision."""
    if proof["m"] != request.method:
        raise Refused("proof_method_mismatch")
    authority = names.authority(request.url)
    if proof["u"] != authority and (":" in authority or proof["u"] != authority + ":443"):
        raise Refused("proof_host_mismatch")
    if proof["p"] != names.path_of(request.url):
        raise Refused("proof_path_mismatch")
    query = proof.get("q")
    if query is None and request.query is not None:
        raise Refused("proof_query_missing")
    if query is not None and request.query is None:
        raise Refused("proof_query_unexpected")
    if query is not None:
        hashed = in_order(query[0], request.query)
        if hashed is None:
            raise Refused("proof_query_not_covered")
        if names.sha256(hashed.encode()) != names.digest(query[1]):
            raise Refused("proof_query_mismatch")
    check_headers(proof.get("h"), request)
    body = proof.get("b")
    if body is None:
        if request.body:
            raise Refused("proof_body_missing")
    elif names.sha256(request.body) != names.digest(body):
        raise Refused("proof_body_mismatch")


def check_headers(signed, request):
    """Step 21."""
    wanted, left, lines = signed[0] if signed else [], list(request.headers), []
    for name in wanted:
        found = next((header for header in left if header[0].lower() == name), None)
        if found is None:
            raise Refused("proof_header_unknown")
        left.remove(found)
        lines.append(f"{name}: {found[1]}")
    must = {*wanted, *(name.lower() for name in request.demanded)}
    if any(name.lower() in must for name, _ in left):
        raise Refused("proof_header_not_covered")
    if signed and names.sha256("\n".join(lines).encode()) != names.digest(signed[1]):
        raise Refused("proof_headers_mismatch")


def carries_proof(request):
    """Whether query or body bring a proof of their own."""
    octets = [(request.query or "").encode(), request.body]
    return any(part.partition(b"=")[0] == b"pop_access_token"
               for text in octets for part in text.split(b"&"))


@dataclass
class Held:
    """A source's consent with all that its standing depends on."""

    consent: jose.Verified
    link: object
    status: object
    complete: bool = True

    @property
    def terms(self):
        """The common part."""
        return self.consent.payload["common_part"]

    def is_dpop(self):
        """Whether the sink has chosen DPoP."""
        return records.is_dpop(self.consent.payload["role_specific_part"])

    def key(self, name):
        """`pop_key` or `token_issuer_key`."""
        return jose.make_key(self.consent.payload["role_specific_part"][name])

    def standing(self, now):
        """Its code at `now`."""
        terms = self.terms
        belongs = (self.link.subject == terms["slr_id"] and self.status.subject == terms["cr_id"]
                   and self.link.surrogate == self.status.surrogate == terms["surrogate_id"])
        if not belongs:
            return "consent_status_unknown"
        return standing(self.link.state(), self.status.state(), terms.get("nbf"), terms.get("exp"),
                        now, self.complete)


@dataclass
class Memory:
    """What a source remembers of the requests that it has seen."""

    seen: set = field(default_factory=set)
    since: int = 0
    capacity: int = 120_000

    def witness(self, proof):
        """None for a new request, else a code."""
        digest = (dpop.remembered(proof) if proof.kind is dpop.PROOF else proof.digest())[:16]
        if digest in self.seen:
            return "request_replayed"
        if _signed_at(proof) < self.since:
            return "replay_guard_memory"
        if len(self.seen) >= self.capacity:
            return "replay_guard_full"
        self.seen.add(digest)
        return None


@dataclass
class Decision:
    """Granted, or the codes of all reasons with what the peer is told."""

    reasons: list
    detail: str = None
    is_authentic: bool = False
    dataset: str = None
    held: Held = None
    token: dict = None

    @property
    def granted(self):
        """Whether the data may be given."""
        return not self.reasons

    @property
    def wire_code(self):
        """What the peer is told (guide 8.4, end)."""
        if self.reasons == ["proof_nonce_needed"]:
            return "proof_nonce_needed"
        if not self.is_authentic or "request_replayed" in self.reasons:
            return "request_not_authentic"
        busy = [code for code in self.reasons if code in BUSY]
        return (busy or self.reasons)[0]


def wrapped(code, act):
    """A refusal of an envelope inside, under the code of the place where it stands."""
    try:
        return act()
    except Refused as refused:
        raise Refused(code, refused.code) from None


def _signed_at(proof):
    return proof.payload["iat" if proof.kind is dpop.PROOF else "ts"]


def opened(code, compact, kind):
    """A compact form that opens as this kind."""
    return wrapped(code, lambda: jose.open_envelope(jose.from_compact(compact, kind), kind))


def check_text(compact):
    """Steps 3 and 4."""
    if len(compact.encode()) > LONGEST:
        raise Refused("proof_too_large")
    if not re.fullmatch(r"[A-Za-z0-9._-]+", compact):
        raise Refused("proof_header")


def check_time(signed_at, now):
    """Steps 15 and 16."""
    if signed_at < now - PAST:
        raise Refused("proof_too_old")
    if signed_at > now + FUTURE:
        raise Refused("proof_in_future")


def _authenticate(authorization, request, now, held_by_id):
    if carries_proof(request):
        raise Refused("proof_carried_twice")
    came = [value for name, value in request.headers if name.lower() == "authorization"]
    if came not in ([], [authorization]):
        raise Refused("proof_header")
    scheme, _, compact = authorization.partition(" ")
    if scheme.lower() not in ("pop", "dpop"):
        raise Refused("proof_scheme")
    check_text(compact)
    if scheme.lower() == "dpop":
        brought = dpop.only_header(request.headers)
        check_text(brought)
        proof, at = opened("proof_not_verified", brought, dpop.PROOF), compact
    else:
        proof = opened("proof_not_verified", compact, records.DATA_REQUEST)
        at = proof.payload["at"]
    token = opened("token_not_verified", at, records.TOKEN)
    held = held_by_id(token.payload["cr_id"])
    if held is None:
        raise Refused("access_consent_unknown")
    token = wrapped("token_not_verified",
                     lambda: token.verify({"operator": [held.key("token_issuer_key")]}))
    _check_token(token.payload, held, now)
    if (proof.kind is dpop.PROOF) != held.is_dpop():
        raise Refused("proof_scheme_other")
    proof = wrapped("proof_not_verified", lambda: proof.verify({"sink": [held.key("pop_key")]}))
    check_time(_signed_at(proof), now)
    if proof.kind is dpop.PROOF:
        dpop.check_request(proof.payload, at, request, check_headers)
    else:
        check_request(proof.payload, request)
    if request.nonces and proof.payload.get("nonce") not in request.nonces:
        raise Refused("proof_nonce_needed")
    return held, token.payload, proof


def is_bound(cnf, key, with_thumbprint):
    """Whether a token is bound to the key, by its thumbprint too where that is the choice."""
    jkt = cnf.get("jkt")
    wanted = names.digest(key.thumbprint()) if with_thumbprint else None
    return cnf["kid"] == key.kid and (names.digest(jkt) if jkt else None) == wanted


def _check_token(claims, held, now):
    if claims["iss"] != held.terms["operator"]:
        raise Refused("token_issuer_mismatch")
    if claims["cr_id"] != held.terms["cr_id"]:
        raise Refused("token_consent_mismatch")
    if not is_bound(claims["cnf"], held.key("pop_key"), held.is_dpop()):
        raise Refused("token_key_mismatch")
    if now + LEEWAY < max(claims["nbf"], claims["iat"]):
        raise Refused("token_not_yet_valid")
    if now >= claims["exp"]:
        raise Refused("token_expired")


def decide(authorization, request, now, held_by_id, memory):
    """The decision of a source (guide 8.4)."""
    try:
        held, token, proof = _authenticate(authorization, request, now, held_by_id)
    except Refused as refused:
        return Decision([refused.code], refused.detail)
    reasons = []
    if not any(patterns.matches(pattern, request.url) for pattern in token["aud"]):
        reasons.append("token_audience")
    dataset = next((d["dataset_id"] for d in records.datasets(held.terms)
                    if d.get("distribution_url") == request.url), None)
    if dataset is None:
        reasons.append("access_resource")
    code = held.standing(now)
    if code not in FINAL:
        replayed = memory.witness(proof)
        if replayed:
            reasons.append(replayed)
    if code != "consent_active":
        reasons.append(code)
    return Decision(reasons, None, True, dataset, held, token)
