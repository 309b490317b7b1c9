"""A session of a service: the reader plays the party itself, step by step."""

from . import dpop, jose, names, service, sink, transfer, wishes
from .fault import CannotJudge, Refused
from .holding import Doubt
from .stateless import public


def begin(task):
    """The party as the session begins."""
    operators = {
        known["id"]: {"status": [public(k) for k in known["status_keys"]["keys"]],
                      "token": [public(k) for k in known["token_keys"]["keys"]]}
        for known in task["operators"]}
    keys = task["keys"]
    return service.Service(
        id=task["service_id"], keys=[public(keys["signature"])], operators=operators,
        random=list(task["random"]), memory=transfer.Memory(),
        pop=public(keys["pop"]) if "pop" in keys else None)


def octets_of(message):
    """The octets of a message, given as text."""
    return message.encode() if isinstance(message, str) else names.decode(message["octets"])


class Play:
    """What each step does; every method gives the accepted summary."""

    def __init__(self, task):
        self.party = begin(task)
        self.pop_jwk = {name: value for name, value in task["keys"].get("pop", {}).items() if name != "d"}

    def mine(self):
        """The public keys of the party."""
        return self.party.keys + ([self.party.pop] if self.party.pop else [])

    @staticmethod
    def _installed(installed):
        if installed is None:
            return {"effects": [], "sends": [], "known": True}
        effects, sends = installed
        return {"effects": effects, "sends": _sends(*sends)}

    def receive(self, do, now):
        """An operator's message."""
        return self._installed(self.party.receive(do["from"], octets_of(do["message"]), now))

    def catch_up(self, do, now):
        """An answer."""
        return self._installed(self.party.catch_up(do["from"], octets_of(do["message"]), now))

    def restore(self, do, now):
        """A copy."""
        return self._installed(self.party.restore(do["from"], octets_of(do["message"]), now))

    def start_linking(self, do, _now):
        """The person begins here."""
        return self.party.start_linking(do["operator"])

    def confirm_linking(self, do, _now):
        """The person agrees."""
        offer = self.party.confirm_linking(do["code"], do.get("proof") == "DPoP")
        if self.pop_jwk:
            offer["pop_key"] = self.pop_jwk
        return {"sends": _sends(("surrogate_offer", offer))}

    def may_process(self, do, now):
        """One dataset for one purpose."""
        reasons = self.party.may_process(do["cr_id"], do["purpose"], do["dataset"], now)
        return {"refused": reasons} if reasons else {}

    def standing(self, do, now):
        """One consent."""
        code = self.party.standing(do["cr_id"], now)
        return {} if code == "consent_active" else {"refused": code}

    def answer(self, do, now):
        """A data request."""
        body = names.decode(do["body"]) if do.get("body") else b""
        headers = tuple((name, value) for name, value in do.get("headers", []))
        request = transfer.received(do["origin"], do["target"], do["method"], body, headers)
        request.nonces = tuple(do.get("nonces", []))
        request.demanded = tuple(do.get("demanded", []))
        decision = self.party.answer(do["authorization"], request, now)
        if not decision.granted:
            detail = [decision.detail] if decision.detail else []
            return {"refused": decision.reasons + detail, "told": decision.wire_code}
        terms = decision.held.terms
        return {"cr_id": terms["cr_id"], "dataset": decision.dataset,
                "surrogate_id": terms["surrogate_id"], "sink_key": decision.held.key("pop_key").kid}

    def token_request(self, do, now):
        """What to ask for a token."""
        return {"sends": _sends(("token_request", sink.token_request(self.party, do["cr_id"], now)))}

    def prepare_request(self, do, now):
        """A signed request, or a token and its proof."""
        url, is_dpop, payload = sink.prepare(self.party, do, now)
        key = self.party.pop
        alg = "ES256" if key.y else "EdDSA"
        if is_dpop:
            mine = {"alg": alg, "jwk": key.bare(), "typ": dpop.PROOF.typ}
            return {"url": url, "authorization": f"DPoP {do['token']}", "dpop": {"payload": payload, "mine": mine}}
        mine = {"alg": alg, "kid": key.kid, "typ": "pop"}
        return {"url": url, "authorization": {"payload": payload, "mine": mine, "before": "PoP"}}

    def status_query(self, do, _now):
        """What to ask about one consent."""
        return {"sends": _sends(("status_query", self.party.held(do["cr_id"]).query()))}

    def doubt_all(self, _do, now):
        """After a restart."""
        return {"effects": self.party.doubt_all(now)}

    def ask_removal(self, do, _now):
        """What to send to end a link."""
        return {"sends": _sends(("link_removal", self.party.ask_removal(do["link_id"])))}

    def prepare_notification(self, do, now):
        """Something to tell."""
        return {"sends": _sends(("notification_push", wishes.notify(self.party, do, now)))}

    def answer_objection(self, do, now):
        """What the service has decided."""
        return {"sends": _sends(("objection_answer", wishes.answer(self.party, do, now)))}

    def may_use(self, do, now):
        """One dataset for one purpose, on whatever basis."""
        return wishes.may_use(self.party, do, now)


def _sends(*messages):
    return [{"kind": kind, "message": message} for kind, message in messages]


def verdicts(task):
    """This reader's verdict on each step, and the public keys of the party."""
    try:
        for jwk in task["keys"].values():
            jose.check_pair(jwk)
    except Refused as refused:
        return [{"refused": refused.code}], []
    play, said = Play(task), []
    for step in task["steps"]:
        (name, do), = step["do"].items()
        act = getattr(play, name, None)
        if act is None or name.startswith("_") or name == "mine":
            raise CannotJudge(f"steps of the kind {name}")
        try:
            answer = act(do, step["at"])
        except Doubt as doubt:
            answer = {"refused": doubt.code, "effects": doubt.effects}
        except Refused as refused:
            answer = {"refused": refused.code}
        said.append(answer if "refused" in answer else {"accepted": answer})
    return said, play.mine()
