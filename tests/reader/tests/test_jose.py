"""Keys, envelopes and chains, on the examples of the guide, whole and tampered with."""

import json
import unittest

from mydata_reader import chains, dpop, jose, names, records
from mydata_reader.fault import Refused
from mydata_reader.stateless import public

from . import guide

KINDS = {kind.typ: kind for kind in (
    records.LINK, records.LINK_STATUS, records.SINGLE, records.SOURCE, records.SINK,
    records.CONSENT_STATUS, records.TOKEN, records.DATA_REQUEST, dpop.PROOF, records.SUBSCRIPTION,
    records.NOTIFICATION, records.OBJECTION, records.OBJECTION_RESPONSE)}
PARTY = {"owner": "owner", "operator-status": "operator", "operator-token": "operator",
         "source": "service", "sink-pop": "sink"}


def keys(*roles):
    """Bound keys of these roles."""
    return {PARTY[role]: [public(guide.KEYS[role])] for role in roles}


def verify(text, kind, bound):
    """The record, or the code."""
    try:
        return jose.open_envelope(jose.from_text(text, kind), kind).verify(bound)
    except Refused as refused:
        return refused.code


def with_header(wire, **members):
    """The envelope with other members in its protected header."""
    header = json.loads(names.decode(wire["protected"]))
    header = {name: value for name, value in {**header, **members}.items() if value != "absent"}
    return json.dumps({**wire, "protected": names.encode(json.dumps(header).encode())})


class Pairs(unittest.TestCase):
    def test_both_halves_belong_together(self):
        owner, sink = guide.KEYS["owner"], guide.KEYS["sink-pop"]
        for whole, other in ((owner, guide.KEYS["source"]), (sink, owner)):
            jose.check_pair(whole)
            with self.assertRaises(Refused) as refused:
                jose.check_pair({**whole, "d": other["d"]})
            self.assertEqual(refused.exception.code, "private_key_inconsistent")


class Examples(unittest.TestCase):
    def test_every_signed_example_verifies(self):
        found = list(guide.signed())
        self.assertGreaterEqual(len(found), 10)
        for typ, roles, text in found:
            got = verify(text, KINDS[typ], keys(*roles))
            self.assertIsInstance(got, jose.Verified, (typ, got))

    def test_no_example_survives_another_payload(self):
        for typ, roles, text in guide.signed():
            envelope = jose.from_text(text, KINDS[typ])
            payload = names.decode(envelope.payload).replace(b"{", b"{ ", 1)
            envelope.payload = names.encode(payload)
            opened = jose.open_envelope(envelope, KINDS[typ])
            with self.assertRaises(Refused) as caught:
                opened.verify(keys(*roles))
            self.assertEqual(caught.exception.code, "jws_signature_invalid", typ)


class Tampered(unittest.TestCase):
    kind = records.CONSENT_STATUS

    def setUp(self):
        self.wire = json.loads(guide.example(self.kind.typ))

    def code(self, text):
        return verify(text, self.kind, keys("owner", "operator-status"))

    def test_headers(self):
        for members, wanted in [
            ({"alg": "none"}, "jws_alg_unsupported"), ({"alg": "HS256"}, "jws_alg_unsupported"),
            ({"alg": "ES256"}, "jws_alg_mismatch"), ({"alg": "Ed25519"}, "jws_signature_invalid"),
            ({"typ": "mydata-ssr+json"}, "jws_typ_mismatch"), ({"typ": "absent"}, "jws_typ_missing"),
            ({"kid": "absent"}, "jws_kid_missing"), ({"kid": "other"}, "jws_kid_unknown"),
            ({"kid": "../etc"}, "jws_kid_unknown"), ({"kid": None}, "jws_header_unknown_member"),
            ({"crit": []}, "jws_crit"), ({"b64": None}, "jws_crit"), ({"cty": "x"}, "jws_nested"),
            ({"jwk": {}}, "jws_key_in_header"), ({"x5t#S256": "x"}, "jws_key_in_header"),
            ({"other": 1}, "jws_header_unknown_member"), ({"pad": "x" * 800}, "jws_header_too_large"),
        ]:
            self.assertEqual(self.code(with_header(self.wire, **members)), wanted, members)

    def test_parts(self):
        bare = names.encode(b'{"alg":"EdDSA","typ":"mydata-csr+json"}')
        for change, wanted in [
            ({"header": {"kid": "owner-1"}}, "jws_kid_twice"),
            ({"header": {"kid": "owner-1"}, "protected": bare}, "jws_signature_invalid"),
            ({"header": {"kid": "owner-1", "x": 1}}, "json_shape"), ({"header": None}, "json_shape"),
            ({"signature": self.wire["signature"] + "="}, "jws_not_base64url"),
            ({"signature": "QQ"}, "jws_signature_invalid"), ({"payload": "Q"}, "jws_not_base64url"),
            ({"payload": names.encode(b"{}")}, "json_missing_member"), ({"more": 1}, "json_shape"),
            ({"signatures": []}, "jws_mixed_forms"),
        ]:
            self.assertEqual(self.code(json.dumps({**self.wire, **change})), wanted, change)
        self.assertEqual(self.code(json.dumps({"payload": "e30"})), "jws_malformed")

    def test_signers(self):
        part = {name: self.wire[name] for name in ("protected", "signature")}
        twice = json.dumps({"payload": self.wire["payload"], "signatures": [part, part]})
        self.assertEqual(self.code(twice), "jws_signer_set")
        link = guide.example(records.LINK.typ)
        wire = json.loads(link)
        owner, service = wire["signatures"]
        self.assertEqual(verify(link, records.PROPOSAL, keys("owner")), "jws_signer_set")
        for signatures in ([owner], [owner, owner]):
            text = json.dumps({"payload": wire["payload"], "signatures": signatures})
            self.assertEqual(verify(text, records.LINK, keys("owner", "source")), "jws_signer_set")
        swapped = json.dumps({"payload": wire["payload"], "signatures": [service, owner]})
        self.assertIsInstance(verify(swapped, records.LINK, keys("owner", "source")), jose.Verified)
        both = {"owner": keys("owner")["owner"], "service": keys("owner")["owner"]}
        self.assertEqual(verify(link, records.LINK, both), "jws_kid_ambiguous")

    def test_the_twin_of_an_ecdsa_signature_is_the_same_record(self):
        kind, text = records.DATA_REQUEST, guide.example("pop")
        protected, payload, signature = text.split(".")
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        octets = names.decode(signature)
        twin = octets[:32] + (order - int.from_bytes(octets[32:], "big")).to_bytes(32, "big")
        other = verify(f"{protected}.{payload}.{names.encode(twin)}", kind, keys("sink-pop"))
        self.assertTrue(other.same(verify(text, kind, keys("sink-pop"))))


class Keys(unittest.TestCase):
    def code(self, **change):
        jwk = {name: value for name, value in guide.KEYS["owner"].items() if name != "d"} | change
        jwk = {name: value for name, value in jwk.items() if value != "absent"}
        try:
            jose.read_key(json.dumps(jwk).encode())
        except Refused as refused:
            return refused.code
        return None

    def test_each_rule(self):
        self.assertIsNone(self.code())
        self.assertIsNone(self.code(alg="Ed25519", use="absent", other={"x": [1]}))
        for change, wanted in [
            ({"d": None}, "key_private"), ({"kty": "oct"}, "key_private"), ({"kid": "absent"}, "key_no_kid"),
            ({"kid": "a b"}, "key_kid_invalid"), ({"crv": "X25519"}, "key_type_unsupported"),
            ({"y": "QQ"}, "key_coordinate"), ({"x": "QQ"}, "key_coordinate"), ({"x": 1}, "key_shape"),
            ({"x": names.encode(bytes(32))}, "key_small_order"),
            ({"x": names.encode(bytes(31) + b"\x80")}, "key_small_order"),
            ({"x": names.encode(b"\xff" * 31 + b"\x7f")}, "key_not_canonical"),
            ({"alg": "ES256"}, "key_alg_mismatch"), ({"use": "enc"}, "key_not_for_signing"),
            ({"key_ops": ["sign"]}, "key_not_for_signing"),
        ]:
            self.assertEqual(self.code(**change), wanted, change)

    def test_the_thumbprint_of_rfc_8037(self):
        key = jose.Key("k", "Ed25519", names.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        self.assertEqual(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")


class Chains(unittest.TestCase):
    def setUp(self):
        both = keys("owner", "operator-status")
        kind = records.CONSENT_STATUS
        self.first, self.second = (verify(guide.example(kind.typ, at), kind, both) for at in (0, 1))

    def test_the_examples_are_a_chain(self):
        chain = chains.Chain("consent", "consent-source", "surrogate-at-source")
        chain.append(self.first)
        chain.append(self.second)
        self.assertEqual(chain.state(), "Disabled")
        with self.assertRaisesRegex(Refused, "chain_repeated"):
            chain.append(self.second)

    def test_what_does_not_follow(self):
        chain = chains.Chain("consent", "consent-source", "surrogate-at-source")
        with self.assertRaisesRegex(Refused, "chain_first_has_previous"):
            chain.append(self.second)
        chain.append(self.first)
        for change, wanted in [
            ({"record_id": "csr-1"}, "chain_record_id_reused"), ({"prev_record_id": "x"}, "chain_gap"),
            ({"prev_record_id": "NULL"}, "chain_fork"), ({"cr_id": "x"}, "chain_other_subject"),
            ({"surrogate_id": "x"}, "chain_other_surrogate"), ({"iat": 1}, "chain_time_backwards"),
            ({"x_mydata": {"prev_sha256": names.encode(bytes(32))}}, "chain_digest_mismatch"),
            ({"consent_status": "Active"}, "chain_transition_not_allowed"),
        ]:
            forged = jose.Verified(self.second.kind, self.second.envelope,
                                   {**self.second.payload, **change}, self.second.signed_by)
            with self.assertRaisesRegex(Refused, wanted):
                chain.append(forged)
        self.assertEqual(len(chain.records), 1)

    def test_an_operator_ends_only_its_own_pause(self):
        self.assertTrue(chains.may_sign("consent", "operator", "Disabled", "Active", "operator"))
        self.assertFalse(chains.may_sign("consent", "operator", "Disabled", "Active", "owner"))
        self.assertFalse(chains.may_sign("link", "service", "Active", "Removed", None))


if __name__ == "__main__":
    unittest.main()
