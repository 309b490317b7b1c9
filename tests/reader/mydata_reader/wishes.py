"""A service tells a person, and answers an objection (guide 9.1, 9.2)."""

from .fault import Refused

FINAL = ("accepted", "rejected")


def _mine(party, typ, payload):
    key = party.keys[0]
    return {"payload": payload, "mine": {"alg": "ES256" if key.y else "EdDSA", "kid": key.kid, "typ": typ}}


def notify(party, do, now):
    """A notification of what the person has subscribed to."""
    link = party.links.get(do["link_id"])
    if link is None:
        raise Refused("held_link_unknown")
    if not link.is_active():
        raise Refused("link_removed")
    surrogate = link.record.payload["surrogate_id"]
    wished = party.subscribed.get(surrogate, set())
    if any(message["id"] not in wished for message in do["messages"]):
        raise Refused("not_subscribed")
    payload = {"id": party.draw(), "iat": now, "service_id": party.id, "sub": surrogate,
               "messages": do["messages"]}
    return {"surrogate_id": surrogate,
            "notification": {"signed": _mine(party, "mydata-notification+json", payload)}}


def answer(party, do, now):
    """A verdict on every item; a final one stays."""
    held = party.objections.get(do["objection"])
    if held is None:
        raise Refused("held_objection_unknown")
    payload = {"version": "2.0", "id": party.draw(), "service_id": party.id, "sub": held.payload["sub"],
               "iat": now, "request_id": do["objection"], "decisions": do["decisions"]}
    if any(d["decision"] == "rejected" and not d.get("url") for d in do["decisions"]):
        raise Refused("objection_explanation")
    asked = [item["id"] for item in held.payload["processing_objected"]]
    if sorted(asked) != sorted(d["id"] for d in do["decisions"]):
        raise Refused("objection_decisions")
    verdicts = party.verdicts.setdefault(do["objection"], {})
    for decision in do["decisions"]:
        was = verdicts.get(decision["id"])
        if was in FINAL and was != decision["decision"]:
            raise Refused("verdict_final")
    verdicts.update({d["id"]: d["decision"] for d in do["decisions"]})
    return {"response": _mine(party, "mydata-objection-response+json", payload)}


def _objected(party, surrogate, purpose, dataset):
    for name, held in party.objections.items():
        if held.payload["sub"] != surrogate:
            continue
        for item in held.payload["processing_objected"]:
            covers = (item.get("processingId", purpose) == purpose
                      and item.get("datasetId", dataset) == dataset)
            if covers and party.verdicts.get(name, {}).get(item["id"]) == "accepted":
                return True
    return False


def may_use(party, do, now):
    """On what the processing rests."""
    link, purpose, dataset = party.links.get(do["link_id"]), do["purpose"], do["dataset"]
    if link is None:
        raise Refused("held_link_unknown")
    found = [(basis, one) for basis, purposes in do["description"].get("processingBases", {}).items()
             for one in purposes if one["purposeId"] == purpose]
    if not found or do["description"]["serviceId"] != party.id:
        raise Refused("processing_unknown")
    basis, described = found[0]
    objected = _objected(party, link.record.payload["surrogate_id"], purpose, dataset)
    if basis != "consent" and not objected:
        if dataset not in described.get("requiredDatasets", []) + described.get("optionalDatasets", []):
            raise Refused("processing_unknown")
        return {"basis": basis}
    for cr_id, consent in sorted(party.consents.items()):
        if consent.terms["slr_id"] == do["link_id"] and not party.may_process(cr_id, purpose, dataset, now):
            return {"consent": cr_id}
    raise Refused("objected" if objected else "consent_needed")
