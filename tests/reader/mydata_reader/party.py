"""Who sends a request where there is no token: operators and services (guide 8.6)."""

from . import form, jose, names, strict, transfer
from .fault import CannotJudge, Refused

REQUEST = jose.Kind("party_request", "mydata-party+pop", ("operator", "service"), form.Object(
    must={"iss": form.text, "role": form.one_of("operator", "service"), "ts": form.time, "m": form.text,
          "u": form.text, "p": form.text, "nonce": form.identifier},
    may={"b": form.digest}, strict_may={"q": form.names_and_hash, "h": form.names_and_hash},
    rule=lambda members: names.is_id(members["iss"])), strict.TOKEN, all_sign=False)
# Headers that must be signed where the request has them.
DEMANDED = ("content-type", "idempotency-key")


class Life:
    """A key with its life (2.3): it verifies what states a time in it."""

    def __init__(self, known):
        self.key = jose.make_key(known["key"])
        self.first, self.end = known.get("from", 0), known.get("retired_at")

    def covers(self, time):
        """Whether the key signs then."""
        return self.first <= time and (self.end is None or time < self.end)


class Receiver:
    """Whoever receives such requests, and its memory."""

    def __init__(self, task):
        self.origin = task["origin"]
        self.senders = {(known["role"], known["id"]): [Life(key) for key in known["keys"]]
                        for known in task["senders"]}
        self.memory = transfer.Memory()
        if "room" in task:
            self.memory.capacity = max(task["room"], 1)
        if "started" in task:
            # All that may have come before it started was signed by then, and the leeway of the clocks.
            self.memory.since = task["started"] + transfer.FUTURE + 1

    def authenticate(self, do, now):
        """Who has sent the request; the refusal says what is told."""
        body = names.decode(do["body"]) if "body" in do else b""
        headers = tuple((name, value) for name, value in do["headers"])
        request = transfer.received(self.origin, do["target"], do["method"], body, headers)
        request.demanded = DEMANDED
        try:
            return self._judge(request, now)
        except Refused as refused:
            told = refused.code if refused.code in transfer.BUSY else "request_not_authentic"
            codes = [refused.code] + ([refused.detail] if refused.detail else [])
            return {"refused": codes, "told": told}

    def _judge(self, request, now):
        came = [value for name, value in request.headers if name.lower() == "authorization"]
        if len(came) != 1:
            raise Refused("proof_header")
        scheme, _, compact = came[0].partition(" ")
        if scheme.lower() != "pop":
            raise Refused("proof_scheme")
        transfer.check_text(compact)
        opened = transfer.opened("proof_not_verified", compact, REQUEST)
        said = opened.payload
        lives = self.senders.get((said["role"], said["iss"]))
        if lives is None:
            raise Refused("access_sender_unknown")
        proof = transfer.wrapped("proof_not_verified", lambda: _verified(opened, said, lives))
        transfer.check_time(said["ts"], now)
        transfer.check_request(said, request)
        again = self.memory.witness(proof)
        if again:
            raise Refused(again)
        return {"role": said["role"], "id": said["iss"], "nonce": said["nonce"]}


def _verified(opened, said, lives):
    proof = opened.verify({said["role"]: [life.key for life in lives]})
    (_, key), = proof.signed_by
    if not all(life.covers(said["ts"]) for life in lives if life.key == key):
        raise Refused("jws_key_not_in_force")
    return proof


def verdicts(task):
    """This reader's verdict on each step."""
    receiver, said = Receiver(task), []
    for step in task["steps"]:
        (name, do), = step["do"].items()
        if name != "authenticate":
            raise CannotJudge(f"steps of the kind {name}")
        try:
            answer = receiver.authenticate(do, step["at"])
        except Refused as refused:
            answer = {"refused": refused.code}
        said.append(answer if "refused" in answer else {"accepted": answer})
    return said
