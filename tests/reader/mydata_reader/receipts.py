"""Signed receipts: verification with public keys alone (guide 11.2)."""

from dataclasses import dataclass

from . import chains, jose, names, records
from .fault import CannotJudge, Refused
from .receipt_form import KIND

REMEDIES = {
    "consent": "withdraw", "contract": "end_contract", "legalObligation": "nothing",
    "publicInterest": "object", "legitimateInterest": "object", "vitalInterest": "object",
}
# In the order of GDPR Art. 6(1), each as DPV names its article.
ARTICLES = {
    "consent": "eu-gdpr:A6-1-a", "contract": "eu-gdpr:A6-1-b", "legalObligation": "eu-gdpr:A6-1-c",
    "vitalInterest": "eu-gdpr:A6-1-d", "publicInterest": "eu-gdpr:A6-1-e", "legitimateInterest": "eu-gdpr:A6-1-f",
}
BY_THE_PERSON = ("data_subject", "representative")
# What counts before what in a pair; any other state is one in force.
RANKS = {"withdrawn": 0, "revoked": 0, "expired": 0, "paused": 1}
IN_FORCE = 2


@dataclass
class Half:
    """A consent record that has been verified with its link and its history."""

    link: jose.Verified
    consent: jose.Verified
    chain: chains.Chain

    @property
    def terms(self):
        """The members that all consents have."""
        return self.consent.payload.get("common_part", self.consent.payload)

    @property
    def part(self):
        """The members of its role; those of a record for one service stand at the top."""
        return self.consent.payload.get("role_specific_part", self.consent.payload)

    @property
    def key(self):
        """The key that signed the consent."""
        return self.consent.signed_by[0][1]


def _demand(holds, code):
    if not holds:
        raise Refused(code)


def _open(wire, kind):
    return jose.open_envelope(jose.from_wire(wire), kind)


def key_set(jwks):
    """The keys of a JWK Set that the verifier brings along."""
    return jose.make_set(jwks["keys"])


def is_one_key(key, others):
    """Whether the key is one of the others, whatever it is called."""
    return any(key.numbers == other.numbers for other in others)


def state_of(status, first, by, reason):
    """What a consent is after a status record (guide 11.1)."""
    if first:
        return "given"
    if status == "Disabled":
        return "paused"
    if status == "Active":
        return "resumed"
    if reason == "expired":
        return "expired"
    return "withdrawn" if by in BY_THE_PERSON else "revoked"


def is_possible(record, exp, by, reason):
    """Whether this can be who brought a status about, and why (guide 11.1)."""
    if record.is_by("owner") and by not in BY_THE_PERSON:
        return False
    return reason != "expired" or exp is not None and exp <= record.payload["iat"]


def state_of_pair(events):
    """The state of a receipt: of the last events of its records, source first, the one that counts."""
    return min(events, key=lambda event: (RANKS.get(event["state"], IN_FORCE), event["at"]))["state"]


def _event(record, first, by, reason):
    payload = record.payload
    return (payload["iat"], state_of(payload["consent_status"], first, by, reason), by, reason,
            (payload["record_id"], record.digest()))


def events(history, said, capacity, exp, issued):
    """What follows from the status records; who and why are what is `said` of each but the first.

    None when it is not possible that it was so.
    """
    causes = [(event["by"], event.get("reason")) for event in said]
    giver = "data_subject" if capacity in ("oneself", "official") else "representative"
    causes = [(giver, None), *causes[1:]]
    if len(causes) < len(history) or not all(
            is_possible(record, exp, *cause) for record, cause in zip(history, causes)):
        return None
    found = [_event(record, not at, *causes[at]) for at, record in enumerate(history)]
    ended = history[-1].payload["consent_status"] == "Withdrawn"
    if exp is not None and exp <= issued and not ended:
        found.append((exp, "expired", "system", "expired", None))
    return found


def _said_event(event):
    record = event.get("record")
    reference = (record["record_id"], names.digest(record["sha256"])) if record else None
    return event["at"], event["state"], event["by"], event.get("reason"), reference


def _verified_link(wire, services, receipt_key):
    link = _open(wire, records.LINK)
    keys = services.get(link.payload["service_id"])
    _demand(keys, "receipt_service_unknown")
    owner = jose.make_set(link.payload["cr_keys"]["keys"])
    verified = link.verify({"owner": owner, "service": keys})
    operator = jose.make_key(link.payload["operator_key"])
    signers = [key for _, key in verified.signed_by]
    _demand(not is_one_key(receipt_key, [*signers, *owner, operator]), "receipt_key_two_roles")
    return verified, {"owner": owner, "operator": [operator]}


def _is_of_link(terms, link):
    return all(terms[mine] == link[theirs] for mine, theirs in (
        ("slr_id", "link_id"), ("surrogate_id", "surrogate_id"), ("subject_id", "service_id"),
        ("operator", "operator_id")))


def half_of(evidence, kind, services, receipt_key):
    """The record that the evidence shows, with its history, or Refused (step 4)."""
    link, keys = _verified_link(evidence["link"], services, receipt_key)
    consent = _open(evidence["consent"], kind).verify({"owner": keys["owner"]})
    half = Half(link, consent, None)
    _demand(_is_of_link(half.terms, link.payload), "receipt_link_other")
    half.chain = chains.Chain("consent", half.terms["cr_id"], half.terms["surrogate_id"])
    for wire in evidence["status"]:
        half.chain.append(_open(wire, records.CONSENT_STATUS).verify(keys))
    _demand(half.chain.records, "receipt_status_missing")
    return half


def _shared(terms):
    """What both halves have alike (step 5)."""
    resources, proposal = terms["rs_description"]["resource_set"], terms["consent_proposal"]
    datasets = [(d["dataset_id"], d.get("distribution_id"), d.get("distribution_url"))
                for d in resources["dataset"]]
    return (resources["rs_id"], datasets, proposal["url"], names.digest(proposal["hash"]),
            terms.get("nbf"), terms.get("exp"), terms["operator"])


def _check_pair(source, sink, receipt_key):
    others = [jose.make_key(source.part[name]) for name in ("token_issuer_key", "pop_key")]
    _demand(not is_one_key(receipt_key, others), "receipt_key_two_roles")
    _demand(is_one_key(source.key, [sink.key]) and sink.part["source_cr_id"] == source.terms["cr_id"]
            and _shared(source.terms) == _shared(sink.terms), "receipt_halves_other")


def _party(controller):
    service = controller["service"]
    return service["service_id"], service["version"], controller["surrogate_id"]


def _party_of(half):
    terms = half.terms
    return terms["subject_id"], terms["service_description_version"], terms["surrogate_id"]


def _said_record(ref):
    return (ref["role"], ref["cr_id"], ref["slr_id"], ref["iat"], ref["kid"], names.digest(ref["sha256"]),
            [_said_event(event) for event in ref["events"]])


def _record(half, said, capacity, issued):
    terms = half.terms
    found = events(half.chain.records, said, capacity, terms.get("exp"), issued)
    return (terms.get("role", "Sink"), terms["cr_id"], terms["slr_id"], terms["iat"], half.key.kid,
            half.consent.digest(), found)


def _says_the_records(given, halves, issued):
    said, capacity = given["records"], given["ceremony"]["acting"]["capacity"]
    return len(said) == len(halves) and all(
        _said_record(ref) == _record(half, ref["events"], capacity, issued)
        for ref, half in zip(said, halves))


def is_of_basis(process, basis):
    """Whether an article of the process, perhaps one that says more, is that of the basis."""
    article = ARTICLES[basis]
    fits = [term == article or term.startswith(f"{article}-") for term in process["legal_basis"]]
    others = [term.startswith("eu-gdpr:A6-1-") for term in process["legal_basis"]]
    return any(fits) and all(fit or not other for fit, other in zip(fits, others))


def _basis_facts(receipt, basis):
    """What follows from the basis, and what was left out: alike for decisions and notices (steps 3 and 6)."""
    yield receipt["remedy"]["kind"] == REMEDIES[basis]
    for process in receipt["processes"]:
        yield is_of_basis(process, basis)
        data = {item["dataset_id"] for item in process["data"]}
        yield not any(item["dataset_id"] in data for item in process.get("left_out", []))


def _times(records):
    """Every `iat` and `at` of the records that a receipt tells of."""
    for ref in records:
        yield ref["iat"]
        yield from (event["at"] for event in ref["events"])


def _facts(receipt, given, halves):
    """Each fact: whether the receipt says what the records say (step 6)."""
    sink, terms = halves[-1], halves[-1].terms
    proposal, notice = terms["consent_proposal"], given["notice"]
    source = _party(receipt["source"]) if receipt.get("source") else None
    languages = [(half.terms.get("x_mydata") or {}).get("language") for half in halves]
    yield receipt["operator_id"] == terms["operator"]
    yield _party(receipt["controller"]) == _party_of(sink)
    yield source == (_party_of(halves[0]) if len(halves) == 2 else None)
    yield all(language in (None, receipt["language"]) for language in languages)
    yield notice["url"] == proposal["url"]
    yield names.digest(notice["sha256"]) == names.digest(proposal["hash"])
    yield (given.get("nbf"), given.get("exp")) == (terms.get("nbf"), terms.get("exp"))
    yield [(process["purpose_id"], [item["dataset_id"] for item in process["data"]])
           for process in receipt["processes"]] == [
               (rule["purposeId"], rule["datasets"]) for rule in sink.part["usage_rules"]]
    decided = given["ceremony"]["decided_at"]
    yield notice["shown_at"] <= min(terms["iat"], decided) and decided <= receipt["issued"]
    yield from _basis_facts(receipt, "consent")
    yield _says_the_records(given, halves, receipt["issued"])
    yield all(time <= receipt["issued"] for time in _times(given["records"]))


def _accepted(signed, basis, state, unchecked):
    return {"receipt_id": signed.payload["receipt"]["receipt_id"], "basis": basis, "state": state,
            "digest": names.encode(signed.digest()), "unchecked": unchecked}


def _notice(signed, told):
    """Processing that the law permits: no record stands behind it (step 3)."""
    basis, receipt = told["basis"], signed.payload["receipt"]
    _demand(basis != "consent" and all(_basis_facts(receipt, basis)) and told["at"] <= receipt["issued"],
            "receipt_fact_other")
    return _accepted(signed, basis, None, ["texts", "no_record", "times", "keys"])


def _halves(form, evidence, services, receipt_key):
    if form == "single":
        return [half_of(evidence["record"], records.SINGLE, services, receipt_key)]
    halves = [half_of(evidence["source"], records.SOURCE, services, receipt_key),
              half_of(evidence["sink"], records.SINK, services, receipt_key)]
    _check_pair(*halves, receipt_key)
    return halves


def _decision(signed, given, form, evidence, services):
    """A decision of the person: what the receipt says is what the records say (steps 4 to 7)."""
    receipt, receipt_key = signed.payload["receipt"], signed.signed_by[0][1]
    halves = _halves(form, evidence, services, receipt_key)
    _demand(all(_facts(receipt, given, halves)), "receipt_fact_other")
    proposal, unchecked = evidence.get("proposal"), ["afterwards", "texts", "ceremony"]
    if proposal is None:
        unchecked.append("proposal_octets")
    else:
        shown = names.sha256(names.decode(proposal["octets"]))
        _demand(shown == names.digest(given["notice"]["sha256"]), "receipt_proposal_altered")
    unchecked += ["times", "keys"]
    state = state_of_pair([ref["events"][-1] for ref in given["records"]])
    return _accepted(signed, "consent", state, unchecked)


def verify(text, operators, services):
    """What a signed receipt shows, and what it does not, or Refused."""
    opened = jose.open_envelope(jose.from_json(text.encode(), KIND), KIND)
    keys = operators.get(opened.payload["receipt"]["operator_id"])
    _demand(keys, "receipt_operator_unknown")
    signed = opened.verify({"operator": keys})
    ground, what = signed.payload["receipt"]["grounds"]
    form, evidence = signed.payload["evidence"]
    _demand((form == "none") == (ground == "law"), "receipt_evidence_kind")
    if ground == "law":
        return _notice(signed, what)
    return _decision(signed, what, form, evidence, services)


def judge(task):
    """A task of the vectors."""
    (act, given), = task.items()
    if act != "verify":
        raise CannotJudge(f"receipts: {act}")
    operators, services = (
        {name: key_set(jwks) for name, jwks in given[of].items()} for of in ("operators", "services"))
    return verify(given["envelope"], operators, services)
