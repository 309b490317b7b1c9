"""A sink's way to the data (guide 8.1 to 8.3)."""

from . import dpop, jose, names, patterns, records
from .fault import Refused
from .transfer import Request, is_bound, is_method, is_query


def _sink_consent(service, cr_id, now):
    consent = service.held(cr_id)
    if consent.record.kind is not records.SINK:
        raise Refused("not_a_sink")
    code = service.standing(cr_id, now)
    if code != "consent_active":
        raise Refused(code)
    return consent


def token_request(service, cr_id, now):
    """What to ask the operator."""
    _sink_consent(service, cr_id, now)
    return {"cr_id": cr_id}


def prepare(service, want, now):
    """The address, whether it is proved by DPoP, and the payload of what is to be signed."""
    consent = _sink_consent(service, want["cr_id"], now)
    rule = next((r for r in consent.rules if r["purposeId"] == want["purpose"]), None)
    if rule is None:
        raise Refused("purpose_not_consented")
    if want["dataset"] not in rule["datasets"]:
        raise Refused("dataset_not_consented")
    url = next((d.get("distribution_url") for d in records.datasets(consent.terms)
                if d["dataset_id"] == want["dataset"]), None)
    if url is None:
        raise Refused("no_distribution")
    is_dpop = records.is_dpop(service.links[consent.terms["slr_id"]].record.payload)
    _check_token(service, consent, want["token"], url, now, is_dpop)
    body = names.decode(want["body"]) if want.get("body") else b""
    request = Request(want.get("method", "GET"), url, want.get("query"), body)
    if not is_method(request.method) or request.query is not None and not is_query(request.query):
        raise Refused("query_invalid")
    make = dpop.claims if is_dpop else _payload
    return url, is_dpop, make(want["token"], request, now, service.draw(), want.get("nonce"))


def _check_token(service, consent, token, url, now, is_dpop):
    operator = service.known(consent.terms["operator"])
    opened = jose.open_envelope(jose.from_compact(token, records.TOKEN), records.TOKEN)
    claims = opened.verify({"operator": operator["token"]}).payload
    source = consent.record.payload["role_specific_part"]["source_cr_id"]
    if claims["cr_id"] != source or claims["iss"] != consent.terms["operator"]:
        raise Refused("token_other_consent")
    if not is_bound(claims["cnf"], service.pop, is_dpop):
        raise Refused("token_not_yours")
    if not claims["nbf"] <= now < claims["exp"]:
        raise Refused("token_not_now")
    if not any(patterns.matches(pattern, url) for pattern in claims["aud"]):
        raise Refused("token_elsewhere")


def _payload(token, request, now, fresh, nonce):
    """The members of the signed request (8.3)."""
    payload = {"at": token, "ts": now, "m": request.method, "u": names.authority(request.url),
               "p": names.path_of(request.url), "nonce": nonce or fresh}
    if nonce:
        payload["jti"] = fresh
    if request.query is not None:
        parameters = [p.partition("=")[0] for p in request.query.split("&")]
        payload["q"] = [parameters, names.encode(names.sha256(request.query.encode()))]
    if request.body:
        payload["b"] = names.encode(names.sha256(request.body))
    return payload
