"""Tasks without steps: each gives this reader's own verdict."""

from . import chains, description, dpop, jose, names, receipt_tasks, records, resident, strict
from .fault import CannotJudge, Refused

KINDS = {
    "link_proposal": records.PROPOSAL, "link_record": records.LINK,
    "link_status": records.LINK_STATUS, "single_consent": records.SINGLE,
    "source_consent": records.SOURCE, "sink_consent": records.SINK,
    "consent_status": records.CONSENT_STATUS, "token": records.TOKEN,
    "data_request": records.DATA_REQUEST, "dpop_proof": dpop.PROOF, "service_description": description.SERVICE_KIND,
    "operator_description": description.OPERATOR_KIND, "subscription": records.SUBSCRIPTION,
    "notification": records.NOTIFICATION, "objection": records.OBJECTION,
    "objection_response": records.OBJECTION_RESPONSE,
}
COMPACT = {"token", "data_request", "dpop_proof"}
PARTIES = ("owner", "operator", "service", "sink")


def octets_of(task):
    """The octets of a task's text."""
    return names.decode(task["octets"]) if "octets" in task else task["text"].encode()


def public(jwk):
    """A key of a task, which may be a private one."""
    return jose.make_key({name: value for name, value in jwk.items() if name != "d"})


def key_sets(task):
    """The keys of each party."""
    return {party: [public(jwk) for jwk in jwks["keys"]] for party, jwks in task.items()}


def read(task):
    """One JSON document at the border."""
    octets, kind = octets_of(task), task["kind"]
    if kind == "key":
        jose.read_key(octets)
    elif kind == "key_set":
        jose.read_set(octets)
    elif kind in records.MESSAGES:
        strict.read(octets, strict.MESSAGE, records.MESSAGES[kind])
    else:
        raise CannotJudge(f"messages of the kind {kind}")
    return {}


def _envelope(text, record):
    if record in COMPACT:
        return jose.from_compact(text, KINDS[record])
    return jose.from_json(text.encode(), KINDS[record])


def _verified(text, record, keys):
    if record not in KINDS:
        raise CannotJudge(f"records of the kind {record}")
    return jose.open_envelope(_envelope(text, record), KINDS[record]).verify(keys)


def verify(task):
    """One record."""
    verified = _verified(task["envelope"], task["record"], key_sets(task["keys"]))
    signed_by = sorted(verified.signed_by, key=lambda signed: PARTIES.index(signed[0]))
    return {"signed_by": [{"party": party, "kid": key.kid} for party, key in signed_by],
            "digest": names.encode(verified.digest())}


def chain(task):
    """A chain of status records."""
    keys = key_sets(task["keys"])
    machine = {"link_status": "link", "consent_status": "consent"}[task["record"]]
    built = chains.Chain(machine, task["subject"], task["surrogate_id"])
    for at, text in enumerate(task["envelopes"]):
        try:
            built.append(_verified(text, task["record"], keys))
        except Refused as refused:
            return {"refused": refused.code, "at": at}
    latest = built.records[-1].payload["record_id"]
    return {"accepted": {"state": built.state(), "latest": latest, "length": len(built.records)}}


def standing(task):
    """One moment."""
    code = chains.standing(task["link"], task["consent"], task.get("nbf"), task.get("exp"), task["now"])
    if code != "consent_active":
        raise Refused(code)
    return {}


def describe(task):
    """A description, with all its faults."""
    octets = octets_of(task)
    if task["of"] == "operator":
        found = strict.read(octets, strict.MESSAGE, description.OPERATOR)
        faults = description.operator_faults(found)
        if faults:
            return {"refused": sorted({code for code, _ in faults})}
        return {"id": found["operatorId"], "version": found["operatorservicedescriptionVersion"]}
    found = strict.read(octets, strict.MESSAGE, description.SERVICE)
    faults = description.faults(found)
    if faults:
        return {"refused": sorted({code for code, _ in faults})}
    version = found["serviceDescription"]["serviceDescriptionVersion"]
    return {"id": found["serviceId"], "version": version}


_PLACES = {"service": "/.well-known/mydata/servicedescription",
           "operator": "/.well-known/mydata/operator"}


def locate(task):
    """Where a description is published (guide 3)."""
    fault = names.address_fault(task["domain"] + "/")
    if fault is None and not names.is_origin(task["domain"]):
        fault = "url_not_canonical"
    if fault is not None:
        raise Refused(fault)
    return {"url": task["domain"] + _PLACES[task["of"]]}


TASKS = {"read": read, "verify": verify, "chain": chain, "standing": standing,
         "description": describe, "locate": locate, "receipt": receipt_tasks.judge,
         "resident": resident.judge}


def verdict(kind, task):
    """This reader's verdict."""
    try:
        said = TASKS[kind](task)
    except Refused as refused:
        return {"refused": refused.code}
    return said if "refused" in said or "accepted" in said else {"accepted": said}
