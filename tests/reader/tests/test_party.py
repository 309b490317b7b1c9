"""Requests between parties, signed here: which key, in which role, at which time (8.6)."""

import json
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mydata_reader import names, party

NOW = 1736236800
KEY = Ed25519PrivateKey.generate()
SAID = {"iss": "sink", "role": "service", "ts": NOW, "m": "GET", "u": "operator.example", "p": "/a", "nonce": "n"}


def request(**other):
    """A request, with some members of its proof other than good."""
    header = {"alg": "EdDSA", "kid": "sink-1", "typ": "mydata-party+pop"}
    signed = ".".join(names.encode(json.dumps(part).encode()) for part in (header, {**SAID, **other}))
    proof = f"{signed}.{names.encode(KEY.sign(signed.encode()))}"
    return {"method": "GET", "target": "/a", "headers": [["authorization", f"pop {proof}"]]}


def receiver(role="service", **other):
    """An operator that knows the sink."""
    key = {"kty": "OKP", "crv": "Ed25519", "kid": "sink-1", "x": names.encode(KEY.public_key().public_bytes_raw())}
    senders = [{"role": role, "id": "sink", "keys": [{"key": key, **other}]}]
    return party.Receiver({"origin": "https://operator.example", "senders": senders, "steps": []})


class Requests(unittest.TestCase):
    def test_once(self):
        known, came = receiver(), request()
        self.assertEqual(known.authenticate(came, NOW), {"role": "service", "id": "sink", "nonce": "n"})
        again = known.authenticate(came, NOW)
        self.assertEqual(again, {"refused": ["request_replayed"], "told": "request_not_authentic"})
        self.assertNotIn("refused", known.authenticate(request(nonce="m"), NOW))

    def test_who(self):
        for known, code in [(receiver("operator"), "access_sender_unknown"),
                            (receiver(retired_at=NOW), "jws_key_not_in_force"),
                            (receiver(**{"from": NOW + 1}), "jws_key_not_in_force")]:
            self.assertIn(code, known.authenticate(request(), NOW)["refused"])

    def test_what(self):
        for other, code in [({"ts": NOW - 61}, "proof_too_old"), ({"m": "PUT"}, "proof_method_mismatch"),
                            ({"u": "a"}, "proof_host_mismatch"), ({"p": "/b"}, "proof_path_mismatch"),
                            ({"b": names.encode(names.sha256(b"x"))}, "proof_body_mismatch")]:
            self.assertEqual(receiver().authenticate(request(**other), NOW)["refused"], [code])

    def test_header_that_must_be_signed(self):
        came = request()
        came["headers"].append(["Idempotency-Key", "k"])
        self.assertEqual(receiver().authenticate(came, NOW)["refused"], ["proof_header_not_covered"])
