"""The decision of a source, a session, and the judging of cases, on the examples of the guide."""

import dataclasses
import json
import tempfile
import unittest
from pathlib import Path

from mydata_reader import cases, chains, compare, description, names, records, transfer
from mydata_reader.fault import Refused

from . import guide
from .test_jose import keys, verify

ORIGIN, TARGET = "https://ecec.city.example", "/mydata/placement?fields=name&from=2025-01-01"
NOW = 1736236870


def status(kind, subject, at=0):
    """A chain of the first example of the kind."""
    machine = "link" if kind is records.LINK_STATUS else "consent"
    chain = chains.Chain(machine, subject, "surrogate-at-source")
    for number in range(at + 1):
        chain.append(verify(guide.example(kind.typ, number), kind, keys("owner", "operator-status")))
    return chain


class Decision(unittest.TestCase):
    def setUp(self):
        consent = verify(guide.example(records.SOURCE.typ), records.SOURCE, keys("owner"))
        self.held = transfer.Held(consent, status(records.LINK_STATUS, "link-source"),
                                  status(records.CONSENT_STATUS, "consent-source"))
        self.memory = transfer.Memory()
        self.header = "PoP " + guide.example("pop")

    def decide(self, now=NOW, target=TARGET, method="GET", body=b"", header=None):
        request = transfer.received(ORIGIN, target, method, body)
        return transfer.decide(header or self.header, request, now,
                               lambda cr_id: self.held if cr_id == "consent-source" else None, self.memory)

    def test_the_example_is_granted_once(self):
        granted = self.decide()
        self.assertTrue(granted.granted)
        self.assertEqual(granted.dataset, "ecec.placement")
        again = self.decide()
        self.assertEqual((again.reasons, again.wire_code), (["request_replayed"], "request_not_authentic"))

    def test_what_is_asked_before_it_is_authentic(self):
        for change, wanted in [
            ({"header": "Bearer x"}, "proof_scheme"), ({"header": "PoP  x"}, "proof_header"),
            ({"header": "PoP " + "x" * 8193}, "proof_too_large"), ({"header": "PoP x"}, "proof_not_verified"),
            ({"header": self.header[:-4] + "AAAA"}, "proof_not_verified"),
            ({"now": NOW + 61}, "proof_too_old"), ({"now": NOW - 6}, "proof_in_future"),
            ({"now": NOW + 290}, "token_expired"), ({"now": NOW - 16}, "token_not_yet_valid"),
            ({"method": "POST"}, "proof_method_mismatch"), ({"body": b"x"}, "proof_body_missing"),
            ({"target": "/mydata/other?fields=name&from=2025-01-01"}, "proof_path_mismatch"),
            ({"target": "/mydata/placement"}, "proof_query_unexpected"),
            ({"target": TARGET + "&x=1"}, "proof_query_not_covered"),
            ({"target": TARGET.replace("name", "nome")}, "proof_query_mismatch"),
            ({"target": TARGET + "&pop_access_token=x"}, "proof_carried_twice"),
        ]:
            denied = self.decide(**change)
            self.assertEqual(denied.reasons, [wanted], change)
            self.assertEqual(denied.wire_code, "request_not_authentic")
        self.assertFalse(self.memory.seen)

    def test_what_is_asked_after(self):
        self.held.status = status(records.CONSENT_STATUS, "consent-source", 1)
        paused = self.decide()
        self.assertEqual((paused.reasons, paused.wire_code), (["consent_disabled"], "consent_disabled"))
        self.assertEqual(len(self.memory.seen), 1)
        self.held.complete, self.held.status = False, status(records.CONSENT_STATUS, "consent-source")
        self.assertEqual(self.decide().reasons, ["request_replayed", "consent_status_unknown"])

    def test_headers_count_when_they_are_signed_or_demanded(self):
        lines = "content-type: text/plain\nx-a: 1"
        signed = [["content-type", "x-a"], names.encode(names.sha256(lines.encode()))]
        request = transfer.Request("GET", ORIGIN + "/x", None, b"",
                                   (("X-A", "1"), ("Content-Type", "text/plain"), ("x-b", "2")))
        proof = {"m": "GET", "u": "ecec.city.example:443", "p": "/x", "h": signed}
        transfer.check_request(proof, request)
        for change, wanted in [
            ({"headers": request.headers[1:]}, "proof_header_unknown"),
            ({"headers": (*request.headers, ("x-a", "2"))}, "proof_header_not_covered"),
            ({"demanded": ("X-B",)}, "proof_header_not_covered"),
            ({"headers": (("x-a", "2"), *request.headers[1:])}, "proof_headers_mismatch"),
            ({"url": ORIGIN + ":1/x"}, "proof_host_mismatch"),
        ]:
            with self.assertRaisesRegex(Refused, wanted):
                transfer.check_request(proof, dataclasses.replace(request, **change))

    def test_requests(self):
        for target, wanted in [("x", "request_target_form"), ("/x#", "request_fragment"),
                               ("/x?", "request_query"), ("/x?a&&b", "request_query"),
                               ("//x", "url_empty_segment"), ("/X/../y", "url_not_canonical")]:
            with self.assertRaisesRegex(Refused, wanted):
                transfer.received(ORIGIN, target, "GET", b"")


class Judging(unittest.TestCase):
    def run_cases(self, *found):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "some.json").write_text(json.dumps({"title": "t", "cases": found}))
            return cases.run(folder)

    def case(self, expect, **change):
        task = {"link": "Active", "consent": "Active", "now": 5, "exp": 5, **change}
        return {"id": f"x/{len(json.dumps([expect, change]))}", "requirements": [], "binds": [], "says": "",
                "task": {"standing": task}, "expect": expect}

    def test_agreement_and_disagreement_are_told(self):
        tally = self.run_cases(self.case({"refused": "consent_expired"}), self.case({"accepted": {}}))
        self.assertEqual((tally.agree, tally.disagree, tally.full), (1, 1, 2))
        self.assertEqual(tally.summary()[-1], "1 agree, 1 disagree")

    def test_a_case_that_cannot_be_judged_is_a_disagreement(self):
        odd = {"id": "x/y", "task": {"riddle": {}}, "expect": {"accepted": {}}}
        self.assertEqual(self.run_cases(odd).disagree, 1)
        half = {"id": "x/z", "task": {"standing": {"link": "Active"}}, "expect": {"accepted": {}}}
        self.assertEqual(self.run_cases(half).disagree, 1)
        one = self.case({"accepted": {}}, exp=6)
        self.assertEqual(self.run_cases(one, one).disagree, 1)

    def test_a_signature_of_the_examined_party_must_verify(self):
        text = guide.example(records.CONSENT_STATUS.typ)
        wire, mine = json.loads(text), keys("owner")["owner"]
        got = {"accepted": {**wire, "payload": wire["payload"]}}
        self.assertIsNone(compare.disagreement({"accepted": wire}, got, mine))
        forged = {**wire, "signature": "A" * 86}
        self.assertIsNotNone(compare.disagreement({"accepted": forged}, got, mine))
        self.assertIsNotNone(compare.disagreement({"accepted": forged}, got))

    def test_the_described_service_has_no_fault(self):
        page = (guide.GUIDE / "5-descriptions.md").read_text()
        text = page.split("```json service\n")[1].split("\n```")[0]
        self.assertEqual(description.read(text), [])
        broken = text.replace('"3rd party re-use"', "").replace('"language": "sv"', '"language": "de"')
        codes = {code for code, _ in description.read(broken)}
        self.assertEqual(codes, {"description_no_profile", "description_missing_language"})

    def test_the_examples_of_the_guide_are_those_that_are_signed(self):
        import examples
        self.assertEqual(examples.main(["--check"]), 0)


if __name__ == "__main__":
    unittest.main()
