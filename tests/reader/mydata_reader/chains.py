"""Status chains, transitions and standing (guide 4.4 and 4.5)."""

from dataclasses import dataclass, field

from . import names
from .fault import Refused

LINK = {"subject": "slr_id", "state": "sl_status", "end": "Removed",
        "allowed": {("Active", "Removed")}}
CONSENT = {"subject": "cr_id", "state": "consent_status", "end": "Withdrawn",
           "allowed": {("Active", "Disabled"), ("Active", "Withdrawn"),
                       ("Disabled", "Withdrawn"), ("Disabled", "Active")}}
MACHINES = {"link": LINK, "consent": CONSENT}
CHANGES = {
    "link": {"remove": "Removed"},
    "consent": {"disable": "Disabled", "reactivate": "Active", "withdraw": "Withdrawn"},
}


def transition(machine, state, change):
    """The state after a change, or None."""
    to = CHANGES[machine][change.lower()]
    return to if (state, to) in MACHINES[machine]["allowed"] else None


def may_sign(machine, signer, before, after, paused_by):
    """Whether the signer may make an allowed transition."""
    if signer == "owner":
        return True
    if signer != "operator":
        return False
    return not (machine == "consent" and after == "Active") or paused_by == "operator"


@dataclass
class Chain:
    """The verified status records of one link or consent, oldest first."""

    machine: str
    subject: str
    surrogate: str
    records: list = field(default_factory=list)

    @property
    def _of(self):
        return MACHINES[self.machine]

    def state(self):
        """The state now."""
        return self.records[-1].payload[self._of["state"]]

    def append(self, record):
        """Begins or goes on; Refused leaves the chain as it was."""
        payload = record.payload
        if payload[self._of["subject"]] != self.subject:
            raise Refused("chain_other_subject")
        if payload["surrogate_id"] != self.surrogate:
            raise Refused("chain_other_surrogate")
        if self.records:
            self._check_next(record)
        else:
            self._check_first(record)
        self.records.append(record)

    def _check_first(self, record):
        if record.payload["prev_record_id"] != "NULL":
            raise Refused("chain_first_has_previous")
        if record.payload[self._of["state"]] != "Active":
            raise Refused("chain_first_not_active")
        if not record.is_by("owner"):
            raise Refused("chain_first_not_owner")

    def _check_next(self, record):
        payload, latest = record.payload, self.records[-1]
        for earlier in self.records:
            if earlier.payload["record_id"] == payload["record_id"]:
                raise Refused("chain_repeated" if earlier.same(record) else "chain_record_id_reused")
        previous = payload["prev_record_id"]
        if previous != latest.payload["record_id"]:
            known = any(r.payload["record_id"] == previous for r in self.records)
            raise Refused("chain_fork" if known or previous == "NULL" else "chain_gap")
        digest = (payload.get("x_mydata") or {}).get("prev_sha256")
        if digest is not None and names.digest(digest) != latest.digest():
            raise Refused("chain_digest_mismatch")
        if payload["iat"] < latest.payload["iat"]:
            raise Refused("chain_time_backwards")
        before, after = self.state(), payload[self._of["state"]]
        if (before, after) not in self._of["allowed"]:
            ended = before == self._of["end"]
            raise Refused("chain_terminal" if ended else "chain_transition_not_allowed")
        paused_by = latest.signed_by[0][0] if before == "Disabled" else None
        if not may_sign(self.machine, record.signed_by[0][0], before, after, paused_by):
            raise Refused("chain_signer_not_allowed")


def standing(link, consent, nbf, exp, now, complete=True):
    """The code of the standing."""
    if link == "Removed":
        return "link_removed"
    if consent == "Withdrawn":
        return "consent_withdrawn"
    if exp is not None and now >= exp:
        return "consent_expired"
    if consent == "Disabled":
        return "consent_disabled"
    if nbf is not None and now < nbf:
        return "consent_not_yet_valid"
    return "consent_active" if complete else "consent_status_unknown"


FINAL = {"link_removed", "consent_withdrawn", "consent_expired"}
