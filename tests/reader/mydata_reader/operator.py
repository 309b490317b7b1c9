"""A session of an operator, judged by its records only.

This reader is no operator. It verifies every signed record that goes in and comes out, follows the
status chains, and holds the verdict on each step against that: an accepted step has only good
records, and one refused for an envelope, a chain or a time has a bad one.
"""

import json
from dataclasses import dataclass

from . import chains, jose, names, records, strict, transfer
from .fault import Refused
from .stateless import key_sets, public

SIGNING, SKEW, LINKING = 1800, 5, 1800

BY_TYP = {kind.typ: kind for kind in (
    records.LINK, records.LINK_STATUS, records.SINGLE, records.SOURCE, records.SINK,
    records.CONSENT_STATUS, records.TOKEN,
    records.SUBSCRIPTION, records.NOTIFICATION, records.OBJECTION, records.OBJECTION_RESPONSE)}
MACHINE = {records.LINK_STATUS: ("link", "slr_id"), records.CONSENT_STATUS: ("consent", "cr_id")}


def envelopes(value):
    """Every envelope in a value, as octets: in objects, in texts that are JSON, and compact."""
    if isinstance(value, dict):
        if "payload" in value and ("signature" in value or "signatures" in value):
            yield json.dumps(value)
            return
        for inner in value.values():
            yield from envelopes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from envelopes(inner)
    elif isinstance(value, str):
        if value.lstrip().startswith("{"):
            try:
                inner = json.loads(value)
            except ValueError:
                return
            if isinstance(inner, dict) and "payload" in inner:
                yield value
            else:
                yield from envelopes(inner)
        elif value.count(".") == 2 and value.startswith("eyJ"):
            yield value


# Whose signature alone is looked for on a record that comes with a command, and its kind.
KIND_OF = {"record": None, "status": None, "mirrored": records.CONSENT_STATUS,
           "source_record": records.SOURCE, "source_status": records.CONSENT_STATUS,
           "sink_record": records.SINK, "sink_status": records.CONSENT_STATUS}


@dataclass
class Incoming:
    """A record that comes with a command: as text, as what kind, and what it must be about."""

    text: str
    kind: object
    parties: tuple
    subject: tuple = None


class Account:
    """What can be known of the account from the records that pass."""

    def __init__(self, task):
        self.owner = key_sets({"owner": task["account"]["owner_keys"]})["owner"]
        self.operator = [public(task["keys"]["status"])]
        self.token_keys = [public(task["keys"]["tokens"])]
        self.services = {}
        for name, service in task["services"].items():
            keys = [public(jwk) for jwk in service["keys"]["keys"]]
            self.services[name] = keys
            self.services[service["description"].get("serviceId", name)] = keys
        self.chains = {}
        self.links = {}
        self.offers = {}
        self.proves = {}
        self.halves = {}
        self.seen = 0
        self.is_blind = False

    def verify(self, text, kind=None, parties=("owner", "operator", "service")):
        """The record of an envelope, or Refused; a service is the one that a link record names."""
        self.seen += 1
        kind = kind or _kind(text)
        opened = jose.open_envelope(jose.from_text(text, kind), kind)
        operator = self.token_keys if kind is records.TOKEN else self.operator
        service = self.services.get(opened.payload.get("service_id"), [])
        keys = {"owner": self.owner, "operator": operator, "service": service}
        return opened.verify({party: keys[party] for party in parties})

    def incoming(self, name, do):
        """The records that come with a command."""
        if name == "receive" and do["kind"] == "countersigned":
            for text in envelopes(do):
                yield Incoming(text, records.LINK, ("owner", "service"))
        if name == "receive" and do["kind"] in ("notification_push", "objection_answer"):
            for text in envelopes(do):
                yield Incoming(text, None, ("service",))
        for field, kind in KIND_OF.items():
            if isinstance(do.get(field), str):
                yield Incoming(do[field], kind or self._kind_of(name, field), ("owner",),
                               self._subject_of(name, field, do))

    @staticmethod
    def _kind_of(name, field):
        if field == "record":
            return {"propose_link": records.PROPOSAL, "subscribe": records.SUBSCRIPTION,
                    "object": records.OBJECTION}.get(name, records.SINGLE)
        return records.LINK_STATUS if name in ("complete_link", "remove_link") else records.CONSENT_STATUS

    def _subject_of(self, name, field, do):
        """Machine, id and surrogate of what a status must be about, where that is known."""
        if name == "complete_link" and do["code"] in self.links:
            link = self.links[do["code"]]
            return "link", link["link_id"], link["surrogate_id"]
        if name in ("give_single", "give_pair") and field.endswith("status"):
            payload = json.loads(names.decode(json.loads(do[field.replace("status", "record")])["payload"]))
            terms = payload.get("common_part", payload)
            return "consent", terms.get("cr_id"), terms.get("surrogate_id")
        key = {"remove_link": ("link", do.get("link_id")),
               "change_consent": ("consent", do.get("cr_id"))}.get(name)
        known = self.chains.get(key) if field == "status" else None
        return (*key, known.surrogate) if known else None

    def follow(self, accepted):
        """Takes accepted records into what is known; a status must follow in its chain."""
        for record in accepted:
            if record.kind not in MACHINE:
                continue
            chain = self._chain(record)
            try:
                chain.append(record)
            except Refused as refused:
                if refused.code != "chain_repeated" and not self.is_blind:
                    raise
            if chain.records:
                self.chains[chain.machine, chain.subject] = chain

    def _chain(self, record, subject=None):
        """A copy of the chain that the record would belong to."""
        machine, member = MACHINE[record.kind]
        subject = subject or (machine, record.payload[member], record.payload["surrogate_id"])
        known = self.chains.get(subject[:2])
        if known is None:
            return chains.Chain(*subject)
        return chains.Chain(machine, known.subject, known.surrogate, list(known.records))

    def offered(self, do):
        """Remembers how a sink will prove that it holds its key (D68)."""
        offer = strict.read(do["message"].encode(), strict.MESSAGE, records.MESSAGES["surrogate_offer"])
        self.offers[offer["code"]] = records.is_dpop(offer)

    def breaks_choice(self, do, accepted):
        """What in accepted records is not as the sink has chosen at linking, or None (8.1, 8.5)."""
        by_kind = {record.kind: record.payload for record in accepted}
        proposal = by_kind.get(records.PROPOSAL)
        if proposal:
            self.proves[proposal["link_id"]] = records.is_dpop(proposal)
            if self.proves[proposal["link_id"]] != self.offers.get(do.get("code"), False):
                return "the link record has another proof than the offer"
        source, consent = by_kind.get(records.SOURCE), by_kind.get(records.SINK)
        if source and consent:
            half, link_id = source["role_specific_part"], consent["common_part"]["slr_id"]
            self.halves[source["common_part"]["cr_id"]] = half
            if records.is_dpop(half) != self.proves.get(link_id, records.is_dpop(half)):
                return "the source's half has another proof than the link of the sink"
        token = by_kind.get(records.TOKEN)
        half = self.halves.get(token["cr_id"]) if token else None
        if half and not transfer.is_bound(token["cnf"], jose.make_key(half["pop_key"]), records.is_dpop(half)):
            return "the token is not bound as the source's half says"
        return None

    def would_refuse(self, record, subject=None):
        """The code that the chain has against a status record, or None."""
        try:
            self._chain(record, subject).append(record)
        except Refused as refused:
            return refused.code
        return None


def _kind(text):
    """The kind that the first header names; a link record with one signature is a proposal."""
    first, count = text.split(".")[0], 1
    if text.lstrip().startswith("{"):
        wire = json.loads(text)
        parts = wire.get("signatures", [wire])
        first, count = (parts[0].get("protected", "") if parts else ""), len(parts)
    try:
        typ = json.loads(names.decode(first) or b"{}").get("typ")
    except (ValueError, AttributeError):
        typ = None
    kind = BY_TYP.get(typ, records.CONSENT_STATUS)
    return records.PROPOSAL if kind is records.LINK and count == 1 else kind


def judge(task):
    """One line for each disagreement, and how many records were verified."""
    account, wrong, started = Account(task), [], {}
    for number, step in enumerate(task["steps"]):
        (name, do), = step["do"].items()
        expect = step["expect"]
        problem = (_accepted if "accepted" in expect else _refused)(account, name, do, step, started)
        if problem:
            wrong.append(f"step {number} ({name}): {problem}")
    return wrong, account.seen


def _accepted(account, name, do, step, started):
    now, said = step["at"], step["expect"]
    is_told = said != "accepted"
    said = said["accepted"] if is_told else {}
    try:
        incoming = [(one, account.verify(one.text, one.kind, one.parties))
                    for one in account.incoming(name, do)]
        outgoing = [account.verify(text) for text in envelopes(said)]
        if any(_is_untimely(account, record, now) for _, record in incoming):
            return "accepted, and a record was not made just now"
        for one, record in incoming:
            if record.kind in MACHINE and not account.is_blind:
                code = account.would_refuse(record, one.subject)
                if code:
                    return f"accepted, and a status does not follow: {code}"
            if record.kind is records.PROPOSAL:
                account.links[do["code"]] = record.payload
        if do.get("kind") == "surrogate_offer":
            account.offered(do)
        broken = account.breaks_choice(do, [record for _, record in incoming] + outgoing)
        if broken:
            return f"accepted, and {broken}"
        if name == "start_linking":
            started[said["reply"]["linking"] if is_told else None] = now
        code = _code_of(do)
        if code and code not in started and None in started:
            started[code] = started.pop(None)
        if name == "ask":
            return _is_strange(account, outgoing)
        account.follow([record for _, record in incoming] if not is_told else outgoing)
        # What the operator has signed in a step of which nothing is told is not known here.
        signs = (name in ("expire", "remove_link") or do.get("kind") == "link_removal"
                 or name == "change_consent" and "status" not in do)
        account.is_blind = account.is_blind or not is_told and signs
        return None
    except Refused as refused:
        return f"accepted, and a record is bad: {refused.code}"


def _is_strange(account, outgoing):
    """Whether an answer has a status that is not in its chain."""
    if account.is_blind:
        return None
    codes = {account.would_refuse(record) for record in outgoing if record.kind in MACHINE}
    return "the answer has a status that was never made" if codes - {"chain_repeated"} else None


def _is_untimely(account, record, now):
    terms = record.payload.get("common_part", record.payload)
    if "iat" not in terms or record.kind is records.LINK:
        return False
    if record.kind in MACHINE:
        machine, subject = MACHINE[record.kind]
        known = account.chains.get((machine, record.payload[subject]))
        if known and known.records[-1].payload["iat"] == terms["iat"]:
            return False
    return not now - SIGNING <= terms["iat"] <= now + SKEW


def _refused(account, name, do, step, started):
    code, now = step["expect"]["refused"], step["at"]
    if not isinstance(code, str):
        return None
    found, good = _bad_form(do), []
    for one in account.incoming(name, do):
        try:
            good.append((one, account.verify(one.text, one.kind, one.parties)))
        except Refused as refused:
            found.add(refused.code)
    if code.startswith(("jws_", "json_")):
        return None if code in found else f"refused as {code}, and this reader finds {sorted(found) or 'nothing'}"
    if code.startswith("chain_") and account.is_blind:
        return None
    if code.startswith("chain_"):
        against = {account.would_refuse(record, one.subject) for one, record in good if record.kind in MACHINE}
        return None if code in against | _impossible(account, do) else f"refused as {code}, and nothing is"
    if code == "record_time":
        late = any(_is_untimely(account, record, now) for _, record in good)
        return None if late else "refused for its time, which is good"
    if code == "linking_expired":
        began = started.get(_code_of(do), started.get(None))
        late = began is not None and began + LINKING <= now
        return None if late else "refused as expired, and it is not"
    return None


def _bad_form(do):
    """What is wrong with the message of a step as JSON."""
    message, kind = do.get("message"), do.get("kind")
    if isinstance(message, str) and kind in records.MESSAGES:
        try:
            strict.read(message.encode(), strict.MESSAGE, records.MESSAGES[kind])
        except Refused as refused:
            return {refused.code}
    return set()


def _code_of(do):
    """The code of a linking in a step, or in its message."""
    if "code" in do:
        return do["code"]
    try:
        message = json.loads(do.get("message", ""))
    except ValueError:
        return None
    return message.get("code") or message.get("data", {}).get("code")


def _impossible(account, do):
    """What stands against a change that needs no record to be refused."""
    found = set()
    for key, chain in account.chains.items():
        if key == ("consent", do.get("cr_id")) and "change" in do:
            if chains.transition("consent", chain.state(), do["change"]) is None:
                found |= {"chain_terminal"} if chain.state() == "Withdrawn" else {
                    "chain_transition_not_allowed"}
        if key == ("link", do.get("link_id")) and chain.state() == "Removed":
            found.add("chain_terminal")
    return found
