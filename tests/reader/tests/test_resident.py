"""Residents' tokens, made here by the reader's own library: what the vectors do not decide alone."""

import json
import unittest

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mydata_reader import names, resident
from mydata_reader.fault import Refused

NOW = 1736236800
KEY = rsa.generate_private_key(65537, 2048)
HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "one"}
CLAIMS = {"iss": "https://id.example", "aud": "ours", "sub": "somebody", "iat": NOW, "exp": NOW + 60}


def jwk(**other):
    """The public key."""
    modulus = KEY.public_key().public_numbers().n
    return {"kty": "RSA", "kid": "one", "n": names.encode(modulus.to_bytes(256, "big")), "e": "AQAB", **other}


def token(header=(), claims=()):
    """A signed token with some members other than good."""
    parts = [{**HEADER, **dict(header)}, {**CLAIMS, **dict(claims)}]
    signed = ".".join(names.encode(json.dumps(part).encode()) for part in parts)
    signature = KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{names.encode(signature)}"


def code(text, keys=None, **task):
    """The code, or None for who is known."""
    provider = {"issuer": "https://id.example", "audience": "ours"}
    keys = json.dumps({"keys": keys or [jwk()]})
    try:
        resident.judge({"provider": provider, "keys": keys, "token": text, "at": NOW, **task})
    except Refused as refused:
        return refused.code
    return None


class Tokens(unittest.TestCase):
    """One at a time."""

    def test_good(self):
        self.assertIsNone(code(token()))

    def test_key_of_the_set(self):
        self.assertEqual(code(token(), [jwk(kid="two")]), "identity_kid")
        self.assertEqual(code(token(), [jwk(use="enc")]), "provider_keys_none")
        self.assertEqual(code(token(), [jwk(), jwk()]), "provider_kid_twice")

    def test_signature(self):
        one, other = token(), token(claims={"sub": "other"})
        crossed = one.rpartition(".")[0] + "." + other.rpartition(".")[2]
        self.assertEqual(code(crossed), "identity_signature")

    def test_roca(self):
        product = 1
        for prime in resident._PRIMES:
            product *= prime
        self.assertEqual(len(resident._PRIMES), 38)
        self.assertTrue(resident._is_roca(product * 12345 + pow(65537, 7, product)))
        self.assertFalse(resident._is_roca(KEY.public_key().public_numbers().n))

    def test_true_is_no_time(self):
        self.assertEqual(code(token(claims={"exp": True})), "identity_expired")

    def test_issuers(self):
        for issuer, good in [("https://a", True), ("https:///a", False), ("http://localhost:1/a", True),
                             ("http://localhost:", False), ("http://a", False), ("https://a?b", False)]:
            provider = {"issuer": issuer, "audience": "a"}
            if good:
                resident.check_provider(provider)
            else:
                with self.assertRaises(Refused):
                    resident.check_provider(provider)
