"""What a service holds of a link and of a consent (guide 6 and 7)."""

from dataclasses import dataclass

from . import chains, jose
from .fault import Refused


class Doubt(Refused):
    """A refusal that leaves a consent in doubt: with what has to be done."""

    def __init__(self, code, effects):
        super().__init__(code)
        self.effects = effects


@dataclass
class Link:
    """A link as the service holds it."""

    record: jose.Verified
    chain: chains.Chain

    @property
    def operator(self):
        """The operator's id."""
        return self.record.payload["operator_id"]

    def keys(self):
        """The keys frozen in the record."""
        payload = self.record.payload
        return {"owner": jose.make_set(payload["cr_keys"]["keys"]),
                "operator": [jose.make_key(payload["operator_key"])]}

    def is_active(self):
        """Whether the link may be used."""
        return self.chain.state() == "Active"


@dataclass
class Consent:
    """A consent as the service holds it."""

    record: jose.Verified
    chain: chains.Chain
    in_doubt: bool = False
    round: int = 0

    @property
    def terms(self):
        """The common part."""
        return self.record.payload.get("common_part", self.record.payload)

    @property
    def rules(self):
        """What the data may be used for; nothing in a source's record."""
        part = self.record.payload.get("role_specific_part", self.record.payload)
        return part.get("usage_rules", [])

    def query(self):
        """What to ask the operator."""
        return {"cr_id": self.terms["cr_id"], "round": self.round,
                "since": self.chain.records[-1].payload["record_id"]}

    def ask(self):
        """The effect that says so."""
        return {"ask_status": {"operator": self.terms["operator"], "query": self.query()}}

    def next_round(self, now):
        """Answers to earlier questions end no doubt from now on."""
        self.round = max(self.round + 1, now)

    def doubt(self, now):
        """In doubt from now on: stop, and ask."""
        effects = []
        if not self.in_doubt and self.chain.state() == "Active":
            effects.append({"stop": {"cr_id": self.terms["cr_id"]}})
        self.in_doubt = True
        self.next_round(now)
        return effects + [self.ask()]


def changed(cr_id, before, after, may_resume):
    """What a change of state asks of the program."""
    if before == "Active" and after != "Active":
        return [{"stop": {"cr_id": cr_id}}]
    if (before, after) == ("Disabled", "Active") and may_resume:
        return [{"resume": {"cr_id": cr_id}}]
    return []


def open_wire(wire, kind):
    """Opens an envelope that stood in a message."""
    return jose.open_envelope(jose.from_wire(wire), kind)
