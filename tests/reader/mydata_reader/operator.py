"""A session of an operator, judged by its records only.

This reader is no operator. It verifies every signed record that goes in and comes out, follows the
status chains, and holds the verdict on each step against that: an accepted step has only good
records, and one refused for an envelope, a chain or a time has a bad one.
"""

import json

from . import chains, jose, names, records, strict
from .fault import Refused
from .stateless import key_sets, public

SIGNING, SKEW, LINKING = 1800, 5, 1800

BY_TYP = {kind.typ: kind for kind in (
    records.LINK, records.LINK_STATUS, records.SINGLE, records.SOURCE, records.SINK,
    records.CONSENT_STATUS, records.TOKEN)}
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


class Account:
    """What can be known of the account from the records that pass."""

    def __init__(self, task):
        services = task["services"].values()
        self.keys = {
            "owner": key_sets({"owner": task["account"]["owner_keys"]})["owner"],
            "operator": [public(task["keys"]["status"])],
            "service": [public(jwk) for service in services for jwk in service["keys"]["keys"]],
        }
        self.token_keys = [public(task["keys"]["tokens"])]
        self.chains = {}
        self.links = {}
        self.seen = 0

    def verify(self, text):
        """The record of an envelope, or Refused."""
        self.seen += 1
        kind = _kind(text)
        opened = jose.open_envelope(jose.from_text(text, kind), kind)
        keys = {**self.keys, "operator": self.token_keys} if kind is records.TOKEN else self.keys
        return opened.verify(keys)

    def follow(self, record, now):
        """Takes an accepted record into what is known; a status must follow in its chain."""
        if record.kind not in MACHINE:
            return
        machine, subject = MACHINE[record.kind]
        key = (machine, record.payload[subject])
        chain = self.chains.get(key)
        if chain is None:
            chain = chains.Chain(machine, key[1], record.payload["surrogate_id"])
        try:
            chain.append(record)
        except Refused as refused:
            if refused.code != "chain_repeated":
                raise
        self.chains[key] = chain

    def would_refuse(self, record):
        """The code that the chain has against a status record, or None."""
        machine, subject = MACHINE[record.kind]
        known = self.chains.get((machine, record.payload[subject]))
        if known is None:
            chain = chains.Chain(machine, record.payload[subject], record.payload["surrogate_id"])
        else:
            chain = chains.Chain(machine, known.subject, known.surrogate, list(known.records))
        try:
            chain.append(record)
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
    now, said = step["at"], step["expect"]["accepted"]
    try:
        incoming = [account.verify(text) for text in envelopes(do)]
        outgoing = [account.verify(text) for text in envelopes(said)]
        late = [r for r in incoming if _is_untimely(account, r, now)]
        if late and name != "receive":
            return "accepted, and a record was not made just now"
        if name == "start_linking":
            started[said["reply"]["linking"]] = now
        if name != "ask":
            for record in outgoing:
                account.follow(record, now)
            return None
        strange = [r for r in outgoing if r.kind in MACHINE and account.would_refuse(r) != "chain_repeated"]
        return "the answer has a status that was never made" if strange else None
    except Refused as refused:
        return f"accepted, and a record is bad: {refused.code}"


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
    found, good = set(), []
    message = do.get("message") if isinstance(do, dict) else None
    kind = do.get("kind") if isinstance(do, dict) else None
    if isinstance(message, str) and kind in records.MESSAGES:
        try:
            strict.read(message.encode(), strict.MESSAGE, records.MESSAGES[kind])
        except Refused as refused:
            found.add(refused.code)
    for text in envelopes(do):
        try:
            good.append(account.verify(text))
        except (Refused, ValueError) as refused:
            found.add(getattr(refused, "code", "json_syntax"))
    if code.startswith(("jws_", "json_", "key_")) and code != "key_not_bound" and code != "key_in_two_roles":
        return None if code in found else f"refused as {code}, and this reader finds {sorted(found) or 'nothing'}"
    if code.startswith("chain_"):
        against = {account.would_refuse(r) for r in good if r.kind in MACHINE}
        return None if code in against | _impossible(account, do) else f"refused as {code}, and nothing is"
    if code == "record_time":
        late = any(_is_untimely(account, record, now) for record in good)
        return None if late else "refused for its time, which is good"
    if code == "linking_expired":
        began = started.get(do.get("code"))
        late = began is None or began + LINKING <= now
        return None if late else "refused as expired, and it is not"
    return None


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
