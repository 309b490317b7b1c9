"""The forms of the records and messages (guide 4 and 6)."""

from . import form, names, strict
from .jose import JWK, JWKS, SEALED, Kind
from .patterns import audience

_VERSION = form.checked(lambda text: text == "2.0")
_ID, _TIME = form.identifier, form.time


def _distinct(values):
    values = list(values)
    return len(values) == len(set(values))


def _is_resource_set(members):
    urls = [d["distribution_url"] for d in members["dataset"] if d.get("distribution_url")]
    ids = [d["dataset_id"] for d in members["dataset"]]
    return bool(ids) and _distinct(ids) and _distinct(urls)


_RESOURCE_SET = form.Object(
    must={"rs_id": _ID, "dataset": form.array(form.Object(
        must={"dataset_id": _ID}, may={"distribution_id": _ID, "distribution_url": form.address}))},
    rule=_is_resource_set)

_TERMS = {
    "version": _VERSION, "cr_id": _ID, "surrogate_id": _ID,
    "rs_description": form.Object(must={"resource_set": _RESOURCE_SET}),
    "slr_id": _ID, "service_description_version": _ID,
    "consent_proposal": form.Object(must={"url": form.address, "hash": form.digest}),
    "iat": _TIME, "operator": _ID, "subject_id": _ID,
}
_TERMS_MAY = {"nbf": _TIME, "exp": _TIME, "x_mydata": form.Object(may={"language": form.language})}
_ROLE = form.one_of("Source", "Sink")
_RULES = form.array(form.Object(must={"purposeId": _ID, "datasets": form.array(_ID)}))


def datasets(terms):
    """The datasets of a record's resource set."""
    return terms["rs_description"]["resource_set"]["dataset"]


def _terms_hold(terms, role):
    nbf, exp = terms.get("nbf"), terms.get("exp")
    possible = nbf is None or exp is None or nbf < exp
    return terms.get("role", "Sink") == role and possible


def _rules_hold(terms, rules):
    known = {d["dataset_id"] for d in datasets(terms)}
    purposes = [rule["purposeId"] for rule in rules]
    return bool(rules) and _distinct(purposes) and all(
        rule["datasets"] and set(rule["datasets"]) <= known for rule in rules)


def _is_single(record):
    return _terms_hold(record, "Sink") and _rules_hold(record, record["usage_rules"])


def _is_source(record):
    terms, part = record["common_part"], record["role_specific_part"]
    fetched = all(d.get("distribution_url") for d in datasets(terms))
    numbers = [(part[k]["crv"], part[k]["x"], part[k].get("y"))
               for k in ("pop_key", "token_issuer_key")]
    return _terms_hold(terms, "Source") and fetched and _distinct(numbers)


def _is_sink(record):
    terms = record["common_part"]
    return _terms_hold(terms, "Sink") and _rules_hold(terms, record["role_specific_part"]["usage_rules"])


_COMMON = form.Object(must={**_TERMS, "role": _ROLE}, may=_TERMS_MAY)
_EXTENSION = form.Object(may={"prev_sha256": form.digest})


def _status(subject, state, *states):
    return form.Object(
        must={"version": _VERSION, "record_id": _ID, "surrogate_id": _ID, subject: _ID,
              state: form.one_of(*states), "iat": _TIME,
              "prev_record_id": form.checked(lambda text: text == "NULL" or names.is_id(text))},
        may={"x_mydata": _EXTENSION})


# How a sink proves that it holds its key (D68).
_CHOICE = {"x_mydata": form.Object(may={"proof": form.one_of("PoP", "DPoP")})}

_LINK = form.Object(must={
    "version": _VERSION, "link_id": _ID, "operator_id": _ID, "service_id": _ID,
    "service_description_version": _ID, "surrogate_id": _ID, "operator_key": JWK,
    "cr_keys": JWKS, "iat": _TIME}, may=_CHOICE)


def is_dpop(members):
    """Whether a link record, a source's half or an offer says that the sink proves by DPoP."""
    return ((members.get("x_mydata") or {}).get("proof") or "PoP") == "DPoP"


def _is_token(claims):
    return (claims["nbf"] < claims["exp"] and claims["iat"] <= claims["exp"]
            and claims["exp"] - claims["iat"] <= 86400)


_TOKEN = form.Object(
    must={"iss": _ID, "aud": audience,
          "cnf": form.Object(must={"kid": form.kid}, may={"jkt": form.base64url_digest}, closed=True),
          "exp": _TIME, "nbf": _TIME, "iat": _TIME, "jti": _ID, "cr_id": _ID}, rule=_is_token)
_REQUEST = form.Object(
    must={"at": form.text, "ts": _TIME, "m": form.text, "u": form.text, "p": form.text},
    may={"q": form.names_and_hash, "b": form.digest, "nonce": _ID, "jti": _ID},
    strict_may={"h": form.names_and_hash})

PROPOSAL = Kind("link_proposal", "mydata-slr+json", ("owner",), _LINK)
LINK = Kind("link", "mydata-slr+json", ("owner", "service"), _LINK)
LINK_STATUS = Kind("link_status", "mydata-ssr+json", ("owner", "operator"),
                   _status("slr_id", "sl_status", "Active", "Removed"), all_sign=False)
SINGLE = Kind("single_consent", "mydata-cr+json", ("owner",), form.Object(
    must={**_TERMS, "usage_rules": _RULES}, strict_may={"role": _ROLE}, may=_TERMS_MAY, rule=_is_single))
SOURCE = Kind("source_consent", "mydata-source-cr+json", ("owner",), form.Object(
    must={"common_part": _COMMON,
          "role_specific_part": form.Object(must={"pop_key": JWK, "token_issuer_key": JWK}, may=_CHOICE)},
    rule=_is_source))
SINK = Kind("sink_consent", "mydata-sink-cr+json", ("owner",), form.Object(
    must={"common_part": _COMMON,
          "role_specific_part": form.Object(must={"source_cr_id": _ID, "usage_rules": _RULES})},
    rule=_is_sink))
CONSENT_STATUS = Kind("consent_status", "mydata-csr+json", ("owner", "operator"),
                      _status("cr_id", "consent_status", "Active", "Disabled", "Withdrawn"),
                      all_sign=False)
TOKEN = Kind("token", "mydata-at+jwt", ("operator",), _TOKEN, strict.TOKEN)
DATA_REQUEST = Kind("data_request", "pop", ("sink",), _REQUEST, strict.TOKEN)

_TYPE = form.checked(lambda text: names.is_id(text) and not text.startswith("-"))
_SELECTION = form.checked(lambda text: names.is_id(text.removeprefix("-"))
                          and not text.removeprefix("-").startswith("-"))
_PAGE = form.checked(names.is_page)


def _is_subscription(record):
    types = [selection.removeprefix("-") for selection in record["notifications"]]
    return bool(types) and _distinct(types)


def _is_objection(record):
    items = record["processing_objected"]
    return bool(items) and _distinct(item["id"] for item in items) and all(
        item.get("processingId") or item.get("datasetId") for item in items)


def _is_answer(record):
    decisions = record["decisions"]
    explained = all(d.get("url") or d["decision"] != "rejected" for d in decisions)
    return bool(decisions) and _distinct(d["id"] for d in decisions) and explained


SUBSCRIPTION = Kind("subscription", "mydata-subscription+json", ("owner",), form.Object(
    must={"id": _ID, "iat": _TIME, "sub": _ID, "notifications": form.array(_SELECTION),
          "encrypted": form.boolean}, rule=_is_subscription))
NOTIFICATION = Kind("notification", "mydata-notification+json", ("service",), form.Object(
    must={"id": _ID, "iat": _TIME, "service_id": _ID, "sub": _ID, "messages": form.array(form.Object(
        must={"subject": form.text, "id": _TYPE, "message": form.text}, may={"url": _PAGE}))},
    rule=lambda record: 1 <= len(record["messages"]) <= 64), strict.MESSAGE)
OBJECTION = Kind("objection", "mydata-objection+json", ("owner",), form.Object(
    must={"version": _VERSION, "id": _ID, "iat": _TIME, "sub": _ID,
          "processing_objected": form.array(form.Object(
              must={"id": _ID}, may={"processingId": _ID, "datasetId": _ID}))},
    rule=_is_objection))
OBJECTION_RESPONSE = Kind("objection_response", "mydata-objection-response+json", ("service",), form.Object(
    must={"version": _VERSION, "id": _ID, "service_id": _ID, "sub": _ID, "iat": _TIME, "request_id": _ID,
          "decisions": form.array(form.Object(
              must={"id": _ID, "decision": form.one_of("accepted", "rejected", "pending")},
              may={"url": _PAGE}))},
    rule=_is_answer))

_ROUND = {"round": form.integer(0, 2**32 - 1)}
_CODE = form.Object(must={"code": _ID})


def _object(may=None, strict_may=None, alias=None, **must):
    return form.Object(must=must, may=may, strict_may=strict_may, alias=alias)


_CONSENT = _object(cr=SEALED, csr=SEALED)
MESSAGES = {
    "to_service": form.variant({
        "link_invitation": _object(may={"surrogate_id": _ID}, code=_ID, operator_id=_ID, service_id=_ID),
        "link_proposal": _object(data=_CODE, slr=SEALED),
        "link": _object(slr=SEALED, ssr=SEALED),
        "link_status": _object(ssr=SEALED),
        "single_consent": _CONSENT, "source_consent": _CONSENT, "sink_consent": _CONSENT,
        "consent_status": _object(csr=SEALED),
        "subscription": _object(subscription=SEALED), "objection": _object(objection=SEALED),
    }),
    "subscription_confirmation": _object(surrogate_id=_ID, subscription_id=_ID),
    "notification_push": _object(surrogate_id=_ID, notification=form.variant(
        {"signed": SEALED, "encrypted": form.checked(names.is_jwe)})),
    "objection_answer": _object(response=SEALED),
    "surrogate_offer": _object(may={"pop_key": JWK, **_CHOICE}, alias={"token_key": "pop_key"},
                               code=_ID, surrogate_id=_ID),
    "countersigned": _object(data=_CODE, slr=SEALED),
    "token_request": _object(cr_id=_ID),
    "token_reply": _object(auth_token=form.text),
    "status_query": _object(may={"since": _ID}, strict_may=_ROUND, cr_id=_ID),
    "status_reply": _object(strict_may=_ROUND, cr_id=_ID, csr_id=_ID, latest=SEALED,
                            missing=form.array(SEALED)),
    "link_copy_request": _object(surrogate_id=_ID),
    "link_removal": _object(surrogate_id=_ID, slr_id=_ID),
    "consent_copy": form.variant({"single": _CONSENT, "source": _CONSENT, "sink": _CONSENT}),
}
