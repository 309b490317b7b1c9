"""Receipts made for tests: records of a person that does not exist, signed with new keys."""

import copy
import functools
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mydata_reader import jose, names, receipts
from mydata_reader.fault import Refused

VECTORS = Path(__file__).resolve().parents[3] / "spec" / "vectors" / "receipt"
NOW, SHOWN = 1736236800, b"What the person was shown."
DATASET = {"dataset_id": "a", "distribution_id": "a.json", "distribution_url": "https://source.example/a"}


class Signer:
    """An Ed25519 key that is made anew."""

    def __init__(self, kid):
        self.kid = kid
        self.secret = Ed25519PrivateKey.generate()

    def jwk(self):
        """The public half."""
        octets = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kid": self.kid, "kty": "OKP", "crv": "Ed25519", "x": names.encode(octets)}

    def key(self):
        """The public half as the reader has it."""
        return jose.make_key(self.jwk())


def _json(value):
    return json.dumps(value).encode()


def sign(payload, typ, *signers):
    """The envelope: flattened for one signature, general for several."""
    body, parts = names.encode(_json(payload)), []
    for signer in signers:
        protected = names.encode(_json({"alg": "EdDSA", "kid": signer.kid, "typ": typ}))
        made = signer.secret.sign(f"{protected}.{body}".encode())
        parts.append({"protected": protected, "signature": names.encode(made)})
    return {"payload": body, **parts[0]} if len(parts) == 1 else {"payload": body, "signatures": parts}


def digest(envelope):
    """The digest of a record, as it stands in a payload."""
    first = envelope.get("signatures", [envelope])[0]
    return names.encode(names.sha256(f"{first['protected']}.{envelope['payload']}".encode()))


@functools.cache
def vectors(name):
    """The cases of a file by the second half of their ids."""
    found = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    return {case["id"].partition("/")[2]: case for case in found}


def payload_of(case):
    """What a case's envelope says."""
    envelope = json.loads(case["task"]["receipt"]["verify"]["envelope"])
    return json.loads(names.decode(envelope["payload"]))


def change(value, path, new):
    """Sets, or with None takes away, what stands at a path of names and numbers."""
    *way, last = path.split("/")
    for step in way:
        value = value[int(step) if isinstance(value, list) else step]
    last = int(last) if isinstance(value, list) else last
    if new is None:
        del value[last]
    else:
        value[last] = new


class World:
    """A pair of consents with all that shows it, and the receipt that says so.

    `edits` change what is about to be signed: by its name, a path to the new value. `statuses` are the
    history of both halves, unless there is another for the `sink`.
    """

    def __init__(self, edits=None, statuses=(("Active", NOW + 10, "owner"),), sink=None, **signers):
        self.edits = edits or {}
        self.keys = {name: Signer(f"{name}-1") for name in
                     ("owner", "status", "tokens", "pop", "source", "sink", "receipts")}
        self.keys |= signers
        self.halves = {"source": self.half("source", statuses), "sink": self.half("sink", sink or statuses)}

    def signed(self, name, payload, typ, *signers):
        """A record, after its edits."""
        for path, new in self.edits.get(name, {}).items():
            change(payload, path, new)
        return sign(payload, typ, *(self.keys[signer] for signer in signers))

    def half(self, side, statuses):
        """Link, consent and history of one side."""
        link = self.signed(f"{side}_link", {
            "version": "2.0", "link_id": f"link-{side}", "operator_id": "operator", "service_id": side,
            "service_description_version": "1", "surrogate_id": f"person-{side}", "iat": NOW,
            "operator_key": self.keys["status"].jwk(), "cr_keys": {"keys": [self.keys["owner"].jwk()]}},
            "mydata-slr+json", "owner", side)
        terms = {
            "version": "2.0", "cr_id": f"consent-{side}", "surrogate_id": f"person-{side}",
            "rs_description": {"resource_set": {"rs_id": "https://source.example.x",
                                                "dataset": [dict(DATASET)]}},
            "slr_id": f"link-{side}", "service_description_version": "1",
            "consent_proposal": {"url": "https://operator.example/p",
                                 "hash": names.encode(names.sha256(SHOWN))},
            "iat": NOW + 5, "exp": NOW + 1000, "operator": "operator", "subject_id": side,
            "role": side.capitalize()}
        part = {"pop_key": self.keys["pop"].jwk(), "token_issuer_key": self.keys["tokens"].jwk()}
        if side == "sink":
            part = {"source_cr_id": "consent-source",
                    "usage_rules": [{"purposeId": "care", "datasets": ["a"]}]}
        consent = self.signed(f"{side}_consent", {"common_part": terms, "role_specific_part": part},
                              f"mydata-{side}-cr+json", "owner")
        return {"link": link, "consent": consent, "status": self.history(side, statuses)}

    def history(self, side, statuses):
        """Status records, oldest first."""
        made, previous = [], "NULL"
        for number, (status, at, signer) in enumerate(statuses):
            record = f"{side}-{number}"
            made.append(self.signed(f"{side}_status", {
                "version": "2.0", "record_id": record, "surrogate_id": f"person-{side}",
                "cr_id": f"consent-{side}", "consent_status": status, "iat": at,
                "prev_record_id": previous}, "mydata-csr+json", signer))
            previous = record
        return made

    def events(self, side, causes):
        """Events with a record each: state, who, why."""
        made = []
        for number, (state, by, reason) in enumerate(causes):
            envelope = self.halves[side]["status"][number]
            at = json.loads(names.decode(envelope["payload"]))["iat"]
            made.append({"at": at, "state": state, "by": by, "reason": reason,
                         "record": {"record_id": f"{side}-{number}", "sha256": digest(envelope)}})
        return made

    def payload(self, causes=(("given", "data_subject", None),), more=(), sink=None):
        """The receipt and its evidence; names and texts are those of a vector."""
        receipt = payload_of(vectors("signed")["pair"])["receipt"]
        receipt |= {"operator_id": "operator", "issued": NOW + 500, "processes": receipt["processes"][:1]}
        change(receipt, "processes/0/data/0/dataset_id", "a")
        for side, member in (("source", "source"), ("sink", "controller")):
            change(receipt, f"{member}/service/service_id", side)
            change(receipt, f"{member}/service/version", "1")
            change(receipt, f"{member}/surrogate_id", f"person-{side}")
        receipt["grounds"]["consent"] |= {
            "exp": NOW + 1000, "notice": {"url": "https://operator.example/p", "shown_at": NOW,
                                          "sha256": names.encode(names.sha256(SHOWN))},
            "records": [{
                "role": side.capitalize(), "cr_id": f"consent-{side}", "slr_id": f"link-{side}",
                "iat": NOW + 5, "kid": self.keys["owner"].kid, "sha256": digest(half["consent"]),
                "events": self.events(side, sink if sink and side == "sink" else causes) + list(more)}
                for side, half in self.halves.items()]}
        shown = {"media_type": "text/plain", "octets": names.encode(SHOWN)}
        return copy.deepcopy({"receipt": receipt, "evidence": {"pair": {**self.halves, "proposal": shown}}})

    def verdict(self, payload, operators=None, **trusted):
        """What the reader says of it, signed with the key of receipts."""
        envelope = sign(payload, "mydata-receipt+json", self.keys["receipts"])
        services = {side: [self.keys[side].key()] for side in ("source", "sink")} | trusted
        operators = operators or {"operator": [self.keys["receipts"].key()]}
        return verdict(json.dumps(envelope), operators, services)


def verdict(text, operators, services):
    """What is accepted, or the code."""
    try:
        return receipts.verify(text, operators, services)
    except Refused as refused:
        return refused.code
