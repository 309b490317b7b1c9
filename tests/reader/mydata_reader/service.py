"""A source or a sink as the guide describes it: what it holds, and what it says to each message.

Sections 6.2 to 6.4 and 7. The data requests of section 8 are in `transfer`, the rest of a sink in
`sink`. Every method gives what is accepted, or raises Refused and changes nothing but a doubt.
"""

from dataclasses import dataclass, field

from . import chains, jose, records, strict, transfer
from .fault import Refused
from .holding import Consent, Doubt, Link, changed, open_wire

_KINDS = {"single_consent": records.SINGLE, "source_consent": records.SOURCE,
          "sink_consent": records.SINK, "single": records.SINGLE, "source": records.SOURCE,
          "sink": records.SINK}


@dataclass
class Service:
    """The party under examination."""

    id: str
    keys: list
    operators: dict
    random: list
    memory: transfer.Memory
    pop: jose.Key = None
    pending: dict = field(default_factory=dict)
    offered: dict = field(default_factory=dict)
    linked: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    consents: dict = field(default_factory=dict)
    subscriptions: dict = field(default_factory=dict)
    subscribed: dict = field(default_factory=dict)
    objections: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)

    def draw(self):
        """The next random id."""
        return self.random.pop(0)

    def known(self, operator):
        """The operator, when the service works with it."""
        if operator not in self.operators:
            raise Refused("operator_unknown")
        return self.operators[operator]

    def link_with(self, link_id, operator):
        """The link, when it is one with this operator."""
        if link_id not in self.links:
            raise Refused("held_link_unknown")
        if self.links[link_id].operator != operator:
            raise Refused("operator_other")
        return self.links[link_id]

    def receive(self, sender, octets, now):
        """A message of the operator's own accord."""
        kind, value = strict.read(octets, strict.MESSAGE, records.MESSAGES["to_service"])
        if kind == "link_invitation":
            return self._invited(sender, value)
        if kind == "link_proposal":
            return self._proposed(sender, value)
        if kind == "link":
            return self._linked(sender, value)
        if kind == "link_status":
            return self._link_status(sender, value)
        if kind == "consent_status":
            return self._consent_status(sender, value, now)
        if kind == "subscription":
            return self._subscribed(sender, value)
        if kind == "objection":
            return self._objected(sender, value)
        return self.install(sender, value, _KINDS[kind])

    # Linking (6.2)

    def start_linking(self, operator):
        """The person begins here."""
        self.known(operator)
        surrogate = self.draw()
        self.offered[surrogate] = operator
        return {"surrogate_id": surrogate}

    def _invited(self, sender, invitation):
        self.known(sender)
        if invitation["service_id"] != self.id:
            raise Refused("service_other")
        if invitation["operator_id"] != sender:
            raise Refused("operator_other")
        code, named = invitation["code"], invitation.get("surrogate_id")
        under_way = self.pending.get(code, {}).get("operator") or self.linked.get(code)
        if under_way is not None:
            if under_way != sender:
                raise Refused("code_taken")
            return None
        if named is not None:
            if self.offered.get(named) != sender:
                raise Refused("surrogate_unknown")
            del self.offered[named]
        self.pending[code] = {"operator": sender, "surrogate": named, "proposal": None, "is_dpop": None}
        return [{"ask_person": {"code": code}}], []

    def confirm_linking(self, code, is_dpop=False):
        """The person has confirmed."""
        if code not in self.pending:
            raise Refused("code_unknown")
        pending = self.pending[code]
        if pending["is_dpop"] not in (None, is_dpop):
            raise Refused("proof_scheme_not_offered")
        if pending["surrogate"] is None:
            pending["surrogate"] = self.draw()
        pending["is_dpop"] = is_dpop
        offer = {"code": code, "surrogate_id": pending["surrogate"]}
        return offer | ({"x_mydata": {"proof": "DPoP"}} if is_dpop else {})

    def _proposed(self, sender, value):
        known, code = self.known(sender), value["data"]["code"]
        if self.linked.get(code) == sender:
            return None
        pending = self.pending.get(code)
        if pending is None or pending["operator"] != sender:
            raise Refused("code_unknown")
        if pending["is_dpop"] is None:
            raise Refused("not_confirmed")
        opened = open_wire(value["slr"], records.PROPOSAL)
        claimed = opened.payload
        self._is_ours(claimed, sender)
        operator_key = jose.make_key(claimed["operator_key"])
        if operator_key not in known["status"]:
            raise Refused("operator_key_unknown")
        if claimed["surrogate_id"] != pending["surrogate"]:
            raise Refused("surrogate_unknown")
        if records.is_dpop(claimed) != pending["is_dpop"]:
            raise Refused("proof_scheme_not_offered")
        owner = jose.make_set(claimed["cr_keys"]["keys"])
        if any(key.overlaps(other) for key in owner for other in [*self.keys, operator_key]):
            raise Refused("keys_overlap")
        proposal = opened.verify({"owner": owner})
        pending["proposal"] = proposal.payload
        return [], [("countersigned", {"data": {"code": code}, "slr": self._countersigned(proposal)})]

    def _countersigned(self, proposal):
        """The record with a second signature, whose octets this reader cannot make."""
        protected, header, signature = proposal.envelope.signatures[0]
        first = {"protected": protected, "signature": signature}
        if header is not None:
            first["header"] = header
        key = self.keys[0]
        mine = {"alg": "ES256" if key.y else "EdDSA", "kid": key.kid, "typ": records.LINK.typ}
        return {"payload": proposal.envelope.payload, "signatures": [first, {"mine": mine}]}

    def _is_ours(self, claimed, sender):
        if claimed["service_id"] != self.id:
            raise Refused("service_other")
        if claimed["operator_id"] != sender:
            raise Refused("operator_other")

    def _linked(self, sender, value):
        self.known(sender)
        opened = open_wire(value["slr"], records.LINK)
        claimed = opened.payload
        self._is_ours(claimed, sender)
        keys = {"owner": jose.make_set(claimed["cr_keys"]["keys"]), "service": self.keys}
        record = opened.verify(keys)
        keys["operator"] = [jose.make_key(claimed["operator_key"])]
        status = open_wire(value["ssr"], records.LINK_STATUS).verify(keys)
        link_id = claimed["link_id"]
        if link_id in self.links:
            return self._again(self.links[link_id], record, status, "held_link_differs")
        chain = chains.Chain("link", link_id, claimed["surrogate_id"])
        chain.append(status)
        code = next((c for c, p in self.pending.items() if p["proposal"] == claimed), None)
        if code is not None:
            del self.pending[code]
            self.linked[code] = sender
        self.links[link_id] = Link(record, chain)
        return [{"linked": {"link_id": link_id}}], []

    @staticmethod
    def _again(held, record, status, code):
        known = any(status.same(earlier) for earlier in held.chain.records)
        if held.record.kind == record.kind and held.record.same(record) and known:
            return None
        raise Refused(code)

    def _link_status(self, sender, value):
        opened = open_wire(value["ssr"], records.LINK_STATUS)
        link_id = opened.payload["slr_id"]
        link = self.link_with(link_id, sender)
        status = opened.verify(link.keys())
        try:
            link.chain.append(status)
        except Refused as refused:
            if refused.code == "chain_repeated":
                return None
            raise
        under = sorted(cr_id for cr_id, consent in self.consents.items()
                       if consent.terms["slr_id"] == link_id and consent.chain.state() == "Active")
        effects = [{"stop": {"cr_id": cr_id}} for cr_id in under]
        return effects + [{"unlinked": {"link_id": link_id}}], []

    def ask_removal(self, link_id):
        """What to send to end a link."""
        if link_id not in self.links:
            raise Refused("held_link_unknown")
        surrogate = self.links[link_id].record.payload["surrogate_id"]
        return {"surrogate_id": surrogate, "slr_id": link_id}

    # Consents (7.1 to 7.3)

    def install(self, sender, value, kind):
        """The four steps."""
        opened = open_wire(value["cr"], kind)
        claimed = opened.payload.get("common_part", opened.payload)
        link = self.link_with(claimed["slr_id"], sender)
        record = opened.verify(link.keys())
        if claimed["subject_id"] != self.id:
            raise Refused("service_other")
        if claimed["operator"] != sender:
            raise Refused("operator_other")
        if claimed["surrogate_id"] != link.record.payload["surrogate_id"]:
            raise Refused("consent_not_of_link")
        status = open_wire(value["csr"], records.CONSENT_STATUS).verify(link.keys())
        cr_id = claimed["cr_id"]
        if cr_id in self.consents:
            return self._again(self.consents[cr_id], record, status, "held_consent_differs")
        if not link.is_active():
            raise Refused("link_removed")
        chain = chains.Chain("consent", cr_id, claimed["surrogate_id"])
        chain.append(status)
        self.consents[cr_id] = Consent(record, chain)
        return [{"consented": {"cr_id": cr_id}}], []

    def restore(self, sender, octets, now):
        """A copy of a consent that the service has lost."""
        kind, value = strict.read(octets, strict.MESSAGE, records.MESSAGES["consent_copy"])
        installed = self.install(sender, value, _KINDS[kind])
        if installed is None:
            return None
        consent = self.consents[installed[0][0]["consented"]["cr_id"]]
        consent.in_doubt = True
        consent.next_round(now)
        return [consent.ask()], []

    def _consent_status(self, sender, value, now):
        opened = open_wire(value["csr"], records.CONSENT_STATUS)
        cr_id = opened.payload["cr_id"]
        consent = self.held(cr_id)
        link = self.link_with(consent.terms["slr_id"], sender)
        if opened.payload["surrogate_id"] != consent.terms["surrogate_id"]:
            raise Refused("consent_not_of_link")
        before = consent.chain.state()
        try:
            consent.chain.append(opened.verify(link.keys()))
        except Refused as refused:
            if refused.code == "chain_repeated":
                return None
            raise Doubt(refused.code, consent.doubt(now)) from None
        may_resume = link.is_active() and not consent.in_doubt
        return changed(cr_id, before, consent.chain.state(), may_resume), []

    def held(self, cr_id):
        """The consent, or a refusal."""
        if cr_id not in self.consents:
            raise Refused("held_consent_unknown")
        return self.consents[cr_id]

    def doubt_all(self, now):
        """After a restart."""
        usable = [c for _, c in sorted(self.consents.items()) if c.chain.state() != "Withdrawn"]
        return [effect for consent in usable for effect in consent.doubt(now)]

    def catch_up(self, sender, octets, now):
        """The operator's answer to a query."""
        reply = strict.read(octets, strict.MESSAGE, records.MESSAGES["status_reply"])
        consent = self.held(reply["cr_id"])
        link = self.link_with(consent.terms["slr_id"], sender)
        try:
            chain, is_whole = _answered(consent, link, reply)
        except Refused as refused:
            if consent.in_doubt:
                raise
            raise Doubt(refused.code, consent.doubt(now)) from None
        was, before = consent.in_doubt, consent.chain.state()
        is_progress = len(chain.records) != len(consent.chain.records)
        consent.chain = chain
        consent.in_doubt = not is_whole or (was and reply.get("round", 0) != consent.round)
        after, cr_id = chain.state(), reply["cr_id"]
        effects = changed(cr_id, before, after, link.is_active() and not consent.in_doubt)
        if consent.in_doubt:
            if before == after == "Active" and not was:
                effects.append({"stop": {"cr_id": cr_id}})
            if not is_whole:
                consent.next_round(now)
            effects.append(consent.ask())
        elif was and link.is_active() and after == "Active" and not effects:
            effects.append({"resume": {"cr_id": cr_id}})
        return (effects, []) if is_progress or was else None

    # Wishes (9.1, 9.2)

    def _of_person(self, sender, wire, kind):
        """A record of the owner's about the person of a link, verified, and the link."""
        self.known(sender)
        opened = open_wire(wire, kind)
        link = next((link for _, link in sorted(self.links.items()) if link.operator == sender
                     and link.record.payload["surrogate_id"] == opened.payload["sub"]), None)
        if link is None:
            raise Refused("held_link_unknown")
        return opened.verify(link.keys()), link

    def _subscribed(self, sender, value):
        record, link = self._of_person(sender, value["subscription"], records.SUBSCRIPTION)
        surrogate = record.payload["sub"]
        newest = self.subscriptions.get(surrogate)
        if newest is not None:
            if newest.same(record):
                return None
            if newest.payload["iat"] >= record.payload["iat"]:
                raise Refused("subscription_old")
        if not link.is_active():
            raise Refused("link_removed")
        self.subscriptions[surrogate] = record
        wished = self.subscribed.setdefault(surrogate, set())
        for selection in record.payload["notifications"]:
            if selection.startswith("-"):
                wished.discard(selection[1:])
            else:
                wished.add(selection)
        said = {"surrogate_id": surrogate, "subscription_id": record.payload["id"]}
        return [{"confirm_subscription": said}], []

    def _objected(self, sender, value):
        record, link = self._of_person(sender, value["objection"], records.OBJECTION)
        name = record.payload["id"]
        if name in self.objections:
            if self.objections[name].same(record):
                return None
            raise Refused("held_objection_differs")
        if not link.is_active():
            raise Refused("link_removed")
        self.objections[name] = record
        return [{"decide": {"objection": name}}], []

    # Questions (7.4, 8)

    def standing(self, cr_id, now):
        """The code of the standing."""
        consent = self.held(cr_id)
        terms, link = consent.terms, self.links.get(consent.terms["slr_id"])
        return chains.standing(link.chain.state() if link else "Removed", consent.chain.state(),
                               terms.get("nbf"), terms.get("exp"), now, not consent.in_doubt)

    def may_process(self, cr_id, purpose, dataset, now):
        """The codes of every reason against it."""
        if cr_id not in self.consents:
            return ["held_consent_unknown"]
        code = self.standing(cr_id, now)
        reasons = [] if code == "consent_active" else [code]
        rule = next((r for r in self.consents[cr_id].rules if r["purposeId"] == purpose), None)
        if rule is None:
            reasons.append("purpose_not_consented")
        elif dataset not in rule["datasets"]:
            reasons.append("dataset_not_consented")
        return reasons

    def answer(self, authorization, request, now):
        """The decision of a source."""
        return transfer.decide(authorization, request, now, self._source_consent, self.memory)

    def _source_consent(self, cr_id):
        consent = self.consents.get(cr_id)
        if consent is None or consent.record.kind is not records.SOURCE:
            return None
        link = self.links.get(consent.terms["slr_id"])
        if link is None:
            return None
        return transfer.Held(consent.record, link.chain, consent.chain, not consent.in_doubt)


def _answered(consent, link, reply):
    """The chain with what the answer brings, and whether it holds the newest record."""
    keys = link.keys()
    latest = open_wire(reply["latest"], records.CONSENT_STATUS).verify(keys)
    held = consent.chain
    chain = chains.Chain(held.machine, held.subject, held.surrogate, list(held.records))
    for wire in reply["missing"]:
        status = open_wire(wire, records.CONSENT_STATUS).verify(keys)
        try:
            chain.append(status)
        except Refused as refused:
            if refused.code != "chain_repeated":
                raise
    if (latest.payload["cr_id"], latest.payload["record_id"]) != (reply["cr_id"], reply["csr_id"]):
        raise Refused("chain_other_subject")
    is_whole = any(latest.same(record) for record in chain.records)
    if not is_whole and len(chain.records) == len(held.records):
        raise Refused("chain_gap")
    return chain, is_whole
