"""A source lives through a day: linked, consented to, asked, paused, and in doubt."""

import copy
import json
import unittest

from mydata_reader import cases, operator, records, session
from mydata_reader.stateless import public

from . import guide

OPERATOR, SOURCE = "operator.example", "ecec.city.example"
NOW = 1736236870


def jwks(*roles):
    """Public keys of these roles."""
    return {"keys": [{n: v for n, v in guide.KEYS[role].items() if n != "d"} for role in roles]}


def envelope(kind, at=0):
    """An example as an object."""
    return json.loads(guide.example(kind.typ, at))


def received(message, at=NOW, sender=OPERATOR):
    """A step."""
    return {"at": at, "do": {"receive": {"from": sender, "message": json.dumps(message)}}}


def asked(at=NOW):
    """A step: the request of the guide."""
    return {"at": at, "do": {"answer": {
        "origin": "https://ecec.city.example", "method": "GET",
        "target": "/mydata/placement?fields=name&from=2025-01-01",
        "authorization": "PoP " + guide.example("pop")}}}


LINK = received({"link": {"slr": envelope(records.LINK), "ssr": envelope(records.LINK_STATUS)}}, NOW - 60)
CONSENT = received({"source_consent": {
    "cr": envelope(records.SOURCE), "csr": envelope(records.CONSENT_STATUS)}}, NOW - 60)
PAUSE = received({"consent_status": {"csr": envelope(records.CONSENT_STATUS, 1)}})
REMOVAL = received({"link_status": {"ssr": envelope(records.LINK_STATUS, 1)}})


def play(*steps):
    """The verdicts of a source on these steps."""
    task = {"service_id": SOURCE, "keys": {"signature": guide.KEYS["source"]},
            "operators": [{"id": OPERATOR, "status_keys": jwks("operator-status"),
                           "token_keys": jwks("operator-token")}],
            "random": ["r"], "steps": list(steps)}
    return session.verdicts(task)[0]


class Day(unittest.TestCase):
    def test_a_request_is_granted_and_a_pause_stops_it(self):
        link, again, consent, granted, pause, denied = play(LINK, LINK, CONSENT, asked(), PAUSE, asked())
        self.assertEqual(link["accepted"]["effects"], [{"linked": {"link_id": "link-source"}}])
        self.assertTrue(again["accepted"]["known"])
        self.assertEqual(consent["accepted"]["effects"], [{"consented": {"cr_id": "consent-source"}}])
        self.assertEqual(granted["accepted"], {
            "cr_id": "consent-source", "dataset": "ecec.placement",
            "surrogate_id": "surrogate-at-source", "sink_key": "sink-pop-1"})
        self.assertEqual(pause["accepted"]["effects"], [{"stop": {"cr_id": "consent-source"}}])
        self.assertEqual(denied["refused"], ["request_replayed", "consent_disabled"])
        self.assertEqual(denied["told"], "request_not_authentic")

    def test_the_end_of_a_link_stops_its_consents(self):
        *_, removal, denied, late = play(LINK, CONSENT, REMOVAL, asked(), CONSENT)
        self.assertEqual(removal["accepted"]["effects"], [
            {"stop": {"cr_id": "consent-source"}}, {"unlinked": {"link_id": "link-source"}}])
        self.assertEqual((denied["refused"], denied["told"]), (["link_removed"], "link_removed"))
        self.assertTrue(late["accepted"]["known"])
        self.assertEqual(play(LINK, REMOVAL, CONSENT)[-1], {"refused": "link_removed"})

    def test_wishes_are_taken_under_a_link(self):
        subscription = received({"subscription": {"subscription": envelope(records.SUBSCRIPTION)}})
        objection = received({"objection": {"objection": envelope(records.OBJECTION)}})
        taken, again, decide, known = play(LINK, subscription, subscription, objection, objection)[1:]
        said = {"surrogate_id": "surrogate-at-source", "subscription_id": "subscription-1"}
        self.assertEqual(taken["accepted"]["effects"], [{"confirm_subscription": said}])
        self.assertEqual(decide["accepted"]["effects"], [{"decide": {"objection": "objection-1"}}])
        self.assertTrue(again["accepted"]["known"] and known["accepted"]["known"])
        self.assertEqual(play(LINK, REMOVAL, objection)[-1], {"refused": "link_removed"})
        self.assertEqual(play(subscription)[-1], {"refused": "held_link_unknown"})

    def test_what_is_refused(self):
        other = copy.deepcopy(LINK)
        other["do"]["receive"]["from"] = "other.example"
        self.assertEqual(play(other)[0], {"refused": "operator_unknown"})
        self.assertEqual(play(CONSENT)[0], {"refused": "held_link_unknown"})
        self.assertEqual(play(LINK, PAUSE)[1], {"refused": "held_consent_unknown"})
        forged = envelope(records.SOURCE)
        forged["signature"] = "A" * 86
        bad = received({"source_consent": {"cr": forged, "csr": envelope(records.CONSENT_STATUS)}})
        self.assertEqual(play(LINK, bad, CONSENT)[1:2], [{"refused": "jws_signature_invalid"}])

    def test_a_bad_status_leaves_a_doubt_that_a_fresh_answer_ends(self):
        forged = envelope(records.CONSENT_STATUS, 1)
        forged["signature"] = "A" * 86
        first = envelope(records.CONSENT_STATUS)
        reply = {"cr_id": "consent-source", "round": NOW, "csr_id": "csr-1", "latest": first, "missing": []}
        answer = {"at": NOW, "do": {"catch_up": {"from": OPERATOR, "message": json.dumps(reply)}}}
        stale = {"at": NOW, "do": {"catch_up": {
            "from": OPERATOR, "message": json.dumps({**reply, "round": 1})}}}
        standing = {"at": NOW, "do": {"standing": {"cr_id": "consent-source"}}}
        bad = received({"consent_status": {"csr": forged}})
        _, _, doubt, barred, late, still, whole, good = play(
            LINK, CONSENT, bad, standing, stale, standing, answer, standing)
        query = {"cr_id": "consent-source", "since": "csr-1", "round": NOW}
        ask = {"ask_status": {"operator": OPERATOR, "query": query}}
        self.assertEqual(doubt, {"refused": "jws_signature_invalid",
                                 "effects": [{"stop": {"cr_id": "consent-source"}}, ask]})
        self.assertEqual(barred, still)
        self.assertEqual(barred, {"refused": "consent_status_unknown"})
        self.assertEqual(late["accepted"]["effects"], [ask])
        self.assertEqual(whole["accepted"]["effects"], [{"resume": {"cr_id": "consent-source"}}])
        self.assertEqual(good, {"accepted": {}})

    def test_a_case_disagrees_when_a_step_does(self):
        task = {"service_id": SOURCE, "keys": {"signature": guide.KEYS["source"]}, "random": [],
                "operators": [{"id": OPERATOR, "status_keys": jwks("operator-status"),
                               "token_keys": jwks("operator-token")}],
                "steps": [{**CONSENT, "expect": {"refused": "operator_other"}}]}
        tally = cases.Tally()
        cases.judge({"id": "x/y", "task": {"service": task}}, tally)
        self.assertEqual((tally.disagree, tally.full), (1, 1))


class Operator(unittest.TestCase):
    def judge(self, *steps):
        task = {
            "operator_id": OPERATOR, "random": [], "account": {"id": "a", "owner_keys": jwks("owner")},
            "keys": {"status": guide.KEYS["operator-status"], "tokens": guide.KEYS["operator-token"]},
            "services": {SOURCE: {"description": {}, "keys": jwks("source"), "open": True}},
            "steps": list(steps)}
        return operator.judge(task)

    @staticmethod
    def step(status, expect, at=NOW - 500):
        return {"at": at, "as": {"capacity": "owner"}, "expect": expect,
                "do": {"change_consent": {"cr_id": "consent-source", "change": "disable",
                                          "reason": "owner_wish", "status": json.dumps(status)}}}

    @staticmethod
    def outbox(status):
        message = {"consent_status": {"csr": status}}
        return {"accepted": {"reply": "done", "outbox": [{"to": SOURCE, "message": message}]}}

    def test_records_and_chains_are_followed(self):
        first, second = (envelope(records.CONSENT_STATUS, at) for at in (0, 1))
        given = self.step(first, self.outbox(first), NOW - 50)
        paused = self.step(second, self.outbox(second), NOW + 330)
        self.assertEqual(self.judge(given, paused), ([], 4))
        wrong, _ = self.judge(paused)
        self.assertIn("chain_first_has_previous", wrong[0])
        late, _ = self.judge({**given, "at": NOW + 5000})
        self.assertIn("not made just now", late[0])

    def test_a_refusal_needs_a_reason(self):
        first = envelope(records.CONSENT_STATUS)
        forged = {**first, "signature": "A" * 86}
        code = "jws_signature_invalid"
        self.assertEqual(self.judge(self.step(forged, {"refused": code}))[0], [])
        self.assertEqual(len(self.judge(self.step(first, {"refused": code}))[0]), 1)
        self.assertEqual(len(self.judge(self.step(first, {"refused": "record_time"}, NOW - 50))[0]), 1)
        self.assertEqual(len(self.judge(self.step(first, {"refused": "chain_gap"}, NOW - 50))[0]), 1)
        self.assertEqual(len(self.judge(self.step(forged, self.outbox(first), NOW - 50))[0]), 1)


class Keys(unittest.TestCase):
    def test_a_private_key_of_a_task_is_read_as_its_public_half(self):
        self.assertEqual(public(guide.KEYS["owner"]).kid, "owner-1")


if __name__ == "__main__":
    unittest.main()
