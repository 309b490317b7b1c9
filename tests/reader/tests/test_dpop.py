"""DPoP: the example of the guide, whole and with one thing changed, signed anew with its keys (8.5)."""

import json
import unittest

import examples
from mydata_reader import dpop, jose, names, operator, records, strict, transfer
from mydata_reader.fault import Refused

from . import guide
from .test_decision import status
from .test_jose import keys, verify

ORIGIN, TARGET, NOW = "https://ecec.city.example", "/mydata/placement?fields=name", 1736236870
TOKEN, PROOF = guide.example(records.TOKEN.typ, 1), guide.example(dpop.PROOF.typ)
ABSENT = object()


def changed(found, change):
    """Members with others in their place, some left out."""
    return {name: value for name, value in {**found, **change}.items() if value is not ABSENT}


def proof(header=None, role="sink-pop", **claims):
    """The example with other claims and another header, signed by a role."""
    protected, payload, _ = PROOF.split(".")
    parts = [json.dumps(changed(json.loads(names.decode(part)), change)).encode()
             for part, change in ((protected, header or {}), (payload, claims))]
    message = ".".join(map(names.encode, parts))
    return f"{message}.{names.encode(examples.signature(role, message.encode()))}"


def token(**cnf):
    """The example with another confirmation."""
    claims = json.loads(names.decode(TOKEN.split(".")[1]))
    claims["cnf"] = changed(claims["cnf"], cnf)
    return examples.compact(examples.sign(claims, records.TOKEN.typ, "operator-token"))


def jwk(role="sink-pop", **change):
    """The bare key of a role, changed."""
    return changed({n: v for n, v in examples.public(role).items() if n in ("kty", "crv", "x", "y")}, change)


def held(choice):
    """The source's consent of the guide with this choice of proof."""
    consent = verify(guide.example(records.SOURCE.typ), records.SOURCE, keys("owner"))
    if choice is not ABSENT:
        consent.payload["role_specific_part"]["x_mydata"] = choice
    return transfer.Held(consent, status(records.LINK_STATUS, "link-source"),
                         status(records.CONSENT_STATUS, "consent-source"))


class Proof(unittest.TestCase):
    def code(self, header=None, role="sink-pop", bound="sink-pop", **claims):
        got = verify(proof(header, role, **claims), dpop.PROOF, {"sink": keys(bound).popitem()[1]})
        return got if isinstance(got, str) else None

    def test_headers(self):
        for header, wanted in [
            ({}, None), ({"jwk": jwk(kid="other", alg="ES256", use="sig", more=1)}, None),
            ({"kid": "sink-pop-1"}, None), ({"kid": None, "other": 1}, None),
            ({"other": 1, "jku": "x"}, "jws_key_in_header"), ({"jwk": "x"}, "jws_header_unknown_member"),
            ({"jwk": jwk(x=1)}, "jws_header_unknown_member"), ({"jku": "x"}, "jws_key_in_header"),
            ({"x5t#S256": None}, "jws_key_in_header"), ({"crit": []}, "jws_crit"), ({"b64": True}, "jws_crit"),
            ({"cty": "x"}, "jws_nested"), ({"alg": "none", "jwk": ABSENT}, "jws_alg_unsupported"),
            ({"typ": "pop", "jwk": ABSENT}, "jws_typ_mismatch"), ({"jwk": ABSENT}, "jws_jwk_missing"),
            ({"jwk": jwk(d=None)}, "jws_jwk_invalid"), ({"jwk": jwk(y=ABSENT)}, "jws_jwk_invalid"),
            ({"jwk": jwk(alg="EdDSA")}, "jws_jwk_invalid"), ({"jwk": jwk(use="enc")}, "jws_jwk_invalid"),
            ({"jwk": jwk(key_ops=["sign"])}, "jws_jwk_invalid"), ({"jwk": jwk("owner")}, "jws_jwk_unknown"),
            ({"jwk": jwk("owner"), "alg": "EdDSA"}, "jws_jwk_unknown"), ({"alg": "EdDSA"}, "jws_alg_mismatch"),
            ({"jwk": jwk("owner", x=names.encode(bytes(32)))}, "jws_jwk_invalid"),
        ]:
            self.assertEqual(self.code(header), wanted, header)
        self.assertEqual(self.code(role="source"), "jws_signature_invalid")

    def test_claims(self):
        for claims, wanted in [
            ({"jti": ABSENT}, "json_missing_member"), ({"ath": ABSENT}, "json_missing_member"),
            ({"jti": ""}, "json_shape"), ({"nonce": "a b"}, "json_shape"), ({"x_mydata": []}, "json_array_for_object"),
            ({"x_mydata": {"q": "QQ"}}, "json_shape"), ({"x_mydata": None, "nonce": None}, None),
            ({"iss": 1, "x_mydata": {"z": 1}}, None), ({"iat": 1.5}, "json_shape"), ({"ath": "QQ"}, "json_shape"),
        ]:
            self.assertEqual(self.code(**claims), wanted, claims)

    def test_the_thumbprint_and_the_hash_of_rfc_9449(self):
        # Sections 6.1 and 7.1, the key of the first figure.
        key = jose.Key("", "P-256", names.decode("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"),
                       names.decode("9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"))
        self.assertEqual(key.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
        self.assertEqual(dpop.hash_of("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
                         "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")


class Decision(unittest.TestCase):
    def setUp(self):
        self.memory = transfer.Memory()
        self.held = held({"proof": "DPoP"})

    def decide(self, at=TOKEN, headers=(("dpop", PROOF),), target=TARGET, body=b"", nonces=(), header=None):
        request = transfer.received(ORIGIN, target, "GET", body, headers)
        request.nonces = nonces
        return transfer.decide(header or f"DPoP {at}", request, NOW, lambda _: self.held, self.memory)

    def code(self, **change):
        return (self.decide(**change).reasons or [None])[0]

    def with_proof(self, *args, **claims):
        return self.code(headers=(("DPoP", proof(*args, **claims)),))

    def test_the_example_is_granted_once(self):
        self.assertTrue(self.decide().granted)
        self.assertEqual(self.decide().wire_code, "request_not_authentic")
        self.assertEqual(self.with_proof(other=1), "request_replayed")
        self.assertIsNone(self.with_proof(jti="another"))

    def test_one_header(self):
        twice = (("DPoP", PROOF), ("dpop", PROOF))
        for headers, wanted in [
            ((), "proof_dpop_missing"), (twice, "proof_dpop_twice"),
            ((("DPoP", f"{PROOF}, {PROOF}"),), "proof_header"), ((("DPoP", ""),), "proof_header"),
            ((("DPoP", "x" * 8193),), "proof_too_large"), ((("DPoP", TOKEN),), "proof_not_verified"),
        ]:
            self.assertEqual(self.code(headers=headers), wanted, headers)

    def test_what_is_covered(self):
        query = names.encode(names.sha256(b"fields=name"))
        for claims, wanted in [
            ({"ath": query}, "proof_token_hash_mismatch"), ({"htm": "get"}, "proof_method_mismatch"),
            ({"htu": f"{ORIGIN}/x", "htm": "POST"}, "proof_method_mismatch"),
            ({"htu": f"{ORIGIN}/x"}, "proof_uri_mismatch"), ({"htu": ORIGIN + TARGET, "jti": "3"}, None), ({"x_mydata": ABSENT}, "proof_query_missing"),
            ({"x_mydata": {"q": names.encode(bytes(32))}}, "proof_query_mismatch"),
            ({"x_mydata": {"q": query, "b": query}}, "proof_body_mismatch"), ({"iat": NOW - 61}, "proof_too_old"),
            ({"iat": NOW + 6, "ath": query}, "proof_in_future"),
            ({"htu": f"{ORIGIN}:443/mydata/placement", "jti": "1"}, None),
            ({"x_mydata": {"q": query, "b": names.encode(names.sha256(b""))}, "jti": "2"}, None),
        ]:
            self.assertEqual(self.with_proof(**claims), wanted, claims)
        self.assertEqual(self.code(target=TARGET.partition("?")[0]), "proof_query_unexpected")
        self.assertEqual(self.code(body=b"x"), "proof_body_missing")
        self.assertEqual(self.code(target=TARGET + "&pop_access_token"), "proof_carried_twice")

    def test_who_is_bound(self):
        for at in (token(jkt=ABSENT), token(kid="other"), token(jkt=names.encode(bytes(32)))):
            self.assertEqual(self.code(at=at), "token_key_mismatch")
        self.assertEqual(self.code(at=token(x=1)), "token_not_verified")
        for choice in (ABSENT, None, {}, {"proof": None}, {"proof": "PoP"}):
            self.held = held(choice)
            self.assertEqual(self.code(), "token_key_mismatch")
            plain = token(jkt=ABSENT)
            ath = {"ath": dpop.hash_of(plain)}
            self.assertEqual(self.code(at=plain, headers=(("DPoP", proof(**ath)),)), "proof_scheme_other")

    def test_the_nonce_of_the_source(self):
        now, before, needed = "n2", "n1", "proof_nonce_needed"
        for number, (nonce, wanted) in enumerate([(ABSENT, needed), ("n0", needed), (now, None), (before, None)]):
            said = self.decide(headers=(("DPoP", proof(nonce=nonce, jti=f"jti-{number}")),),
                               nonces=(now, before))
            self.assertEqual((said.reasons or [None])[0], wanted, nonce)
            self.assertTrue(wanted is None or said.wire_code == wanted)
        forged = self.decide(headers=(("DPoP", proof(role="source")),), nonces=(now, before))
        self.assertEqual(forged.wire_code, "request_not_authentic")


class Choice(unittest.TestCase):
    def test_only_known_names(self):
        for text, wanted in [('{"proof":"DPoP"}', True), ('{"proof":"PoP"}', False), ("null", False), ("{}", False),
                             ('{"proof":"dpop"}', None), ('{"proof":1}', None), ('"DPoP"', None)]:
            message = f'{{"code":"c","surrogate_id":"s","x_mydata":{text}}}'.encode()
            try:
                offer = strict.read(message, strict.MESSAGE, records.MESSAGES["surrogate_offer"])
                self.assertEqual(records.is_dpop(offer), wanted, text)
            except Refused as refused:
                self.assertEqual((refused.code, wanted), ("json_shape", None), text)

    def test_what_a_sink_makes_is_what_a_source_takes(self):
        request = transfer.Request("GET", examples.DATA, "fields=name", b"x")
        said = dpop.claims(TOKEN, request, NOW, "fresh", "n")
        self.assertEqual((said["jti"], said["nonce"], said["htu"]), ("fresh", "n", examples.DATA))
        dpop.check_request(said, TOKEN, request, transfer.check_headers)
        plain = dpop.claims(TOKEN, transfer.Request("GET", examples.DATA, None, b""), NOW, "f", None)
        self.assertFalse({"x_mydata", "nonce"} & plain.keys())

    def test_a_sink_uses_no_token_of_the_other_scheme(self):
        key = keys("sink-pop")["sink"][0]
        mine = {"kid": key.kid, "jkt": key.thumbprint()}
        self.assertTrue(transfer.is_bound(mine, key, True) and transfer.is_bound({"kid": key.kid}, key, False))
        self.assertFalse(transfer.is_bound(mine, key, False) or transfer.is_bound({"kid": key.kid}, key, True))

    def test_an_operator_is_held_to_the_choice(self):
        path = guide.GUIDE.parent / "vectors" / "flows" / "data-request-dpop.json"
        task = json.loads(path.read_text())["cases"][0]["task"]["operator"]
        self.assertEqual(operator.judge(task)[0], [])
        offer = next(step["do"]["receive"] for step in task["steps"]
                     if "x_mydata" in step["do"].get("receive", {}).get("message", ""))
        offer["message"] = offer["message"].replace('"DPoP"', '"PoP"')
        self.assertIn("another proof than the offer", operator.judge(task)[0][0])

    def test_an_operator_binds_its_tokens_as_the_half_says(self):
        key = jose.make_key(examples.public("sink-pop"))
        for choice, jkt, wanted in [("DPoP", key.thumbprint(), False), ("DPoP", None, True), ("PoP", None, False),
                                    ("PoP", key.thumbprint(), True)]:
            account = operator.Account.__new__(operator.Account)
            account.halves = {"c": {"pop_key": examples.public("sink-pop"), "x_mydata": {"proof": choice}}}
            made = jose.Verified(records.TOKEN, None, {"cr_id": "c", "cnf": {"kid": key.kid, "jkt": jkt}}, [])
            self.assertEqual(account.breaks_choice({}, [made]) is not None, wanted, (choice, jkt))


if __name__ == "__main__":
    unittest.main()
