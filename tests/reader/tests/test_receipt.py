"""Signed receipts: the tables of the guide, and receipts good and bad."""

import copy
import json
import unittest

from mydata_reader import names, receipt_form, receipts

from .receipts import DATASET, NOW, Signer, World, change, payload_of, sign, vectors, verdict

GIVEN = ("given", "data_subject", None)
EXPIRED = {"at": NOW + 1000, "state": "expired", "by": "system", "reason": "expired"}
ACTIVE = ("Active", NOW + 10, "owner")


class Tables(unittest.TestCase):
    def test_the_state_follows_from_status_actor_and_reason(self):
        for by in receipt_form.ACTORS:
            for reason in (None, *receipt_form.REASONS):
                ended = "withdrawn" if by in ("data_subject", "representative") else "revoked"
                for status, wanted in [("Disabled", "paused"), ("Active", "resumed"),
                                       ("Withdrawn", "expired" if reason == "expired" else ended)]:
                    self.assertEqual(receipts.state_of(status, False, by, reason), wanted)
                self.assertEqual(receipts.state_of("Active", True, by, reason), "given")

    def test_the_remedy_follows_from_the_basis(self):
        self.assertEqual(set(receipts.REMEDIES), set(receipt_form.BASES))
        base = payload_of(vectors("signed")["contract"])
        for basis in receipt_form.BASES:
            for kind in ("withdraw", "object", "end_contract", "nothing"):
                payload = copy.deepcopy(base)
                change(payload, "receipt/grounds/law/basis", basis)
                change(payload, "receipt/remedy/kind", kind)
                change(payload, "receipt/processes/0/legal_basis", [receipts.ARTICLES[basis]])
                good = basis != "consent" and kind == {
                    "contract": "end_contract", "legalObligation": "nothing"}.get(basis, "object")
                got = Resigned.verdict(payload)
                wanted = [basis, None, ["texts", "no_record", "times", "keys"]]
                self.assertEqual(got if isinstance(got, str) else
                                 [got["basis"], got["state"], got["unchecked"]],
                                 wanted if good else "receipt_fact_other")

    def test_the_article_is_that_of_the_basis(self):
        self.assertEqual(set(receipts.ARTICLES), set(receipt_form.BASES))
        for basis, terms, wanted in [
            ("consent", ["A6-1-a"], True), ("consent", ["A6-1-a-explicit-consent"], True),
            ("consent", ["A9-2-a", "A6-1-a"], True), ("consent", ["A9-2-a"], False), ("consent", ["A6-1-b"], False),
            ("contract", ["A6-1-b-enter-into-contract"], True), ("legalObligation", ["A6-1-c"], True),
            ("vitalInterest", ["A6-1-d"], True), ("publicInterest", ["A6-1-e"], True),
            ("legitimateInterest", ["A6-1-f"], True), ("legitimateInterest", ["A6-1-e", "A6-1-d"], False),
        ]:
            process = {"legal_basis": [f"eu-gdpr:{term}" for term in terms]}
            self.assertEqual(receipts.is_of_basis(process, basis), wanted, (basis, terms))

    def test_the_state_of_a_pair(self):
        for source, sink, wanted in [
            (("given", 1), ("given", 2), "given"), (("resumed", 3), ("given", 2), "given"),
            (("resumed", 1), ("given", 2), "resumed"), (("given", 1), ("paused", 2), "paused"),
            (("paused", 1), ("revoked", 2), "revoked"), (("expired", 1), ("paused", 0), "expired"),
            (("withdrawn", 2), ("revoked", 1), "revoked"), (("withdrawn", 1), ("revoked", 1), "withdrawn"),
            (("expired", 1), ("withdrawn", 2), "expired"), (("given", 1), ("resumed", 1), "given"),
        ]:
            last = [{"state": state, "at": at} for state, at in (source, sink)]
            self.assertEqual(receipts.state_of_pair(last), wanted, (source, sink))
            self.assertEqual(receipts.state_of_pair(last[:1]), source[0])

    def test_terms_have_a_kind(self):
        for kind, term, wanted in [
            ("Purpose", "dpv:Advertising", True), ("Purpose", "dpv:Niceness", False),
            ("Purpose", "eu-gdpr:A15", False), ("Right", "eu-gdpr:A15", True),
            ("LegalBasis", "eu-gdpr:A6-1-a", True), ("PersonalData", "pd:Weight", True),
            ("Purpose", "dpv:advertising", False), ("Purpose", "", False),
        ]:
            self.assertEqual(receipt_form.is_term(kind, term), wanted, term)
        for country, wanted in [("FI", True), ("AX", True), ("DW", False), ("fi", False), ("", False)]:
            self.assertEqual(receipt_form.is_country(country), wanted, country)


class Resigned(unittest.TestCase):
    """A receipt of the vectors, altered and signed anew by its operator."""

    @staticmethod
    def verdict(payload, typ="mydata-receipt+json"):
        services = vectors("signed")["pair"]["task"]["receipt"]["verify"]["services"]
        signer = Signer("receipts")
        return verdict(json.dumps(sign(payload, typ, signer)), {"operator.example": [signer.key()]},
                       {service: receipts.key_set(jwks) for service, jwks in services.items()})

    def altered(self, path, new):
        payload = payload_of(vectors("signed")["pair"])
        change(payload, path, new)
        return self.verdict(payload)

    def test_signed_anew_it_is_as_good(self):
        got = self.verdict(payload_of(vectors("signed")["pair"]))
        self.assertEqual((got["basis"], got["state"]), ("consent", "given"))
        self.assertEqual(got["unchecked"], ["afterwards", "texts", "ceremony", "times", "keys"])

    def test_facts(self):
        records = "receipt/grounds/consent/records"
        for path, new in [
            ("receipt/source", None), (f"{records}/1", None), (f"{records}/0/role", "Sink"),
            (f"{records}/0/slr_id", "other"),
            (f"{records}/0/events/0/reason", "owner_wish"), (f"{records}/0/events/0/record", None),
            (f"{records}/0/events/0/at", NOW + 1), ("receipt/processes/1", None),
            ("receipt/grounds/consent/exp", None), ("receipt/source/service/service_id", "sink"),
            ("receipt/grounds/consent/ceremony/acting/capacity", "parent"),
        ]:
            self.assertEqual(self.altered(path, new), "receipt_fact_other", path)

    def test_articles_and_what_was_left_out_in_each_process(self):
        data = payload_of(vectors("signed")["pair"])["receipt"]["processes"][1]["data"]
        for number in (0, 1):
            process = f"receipt/processes/{number}"
            self.assertEqual(self.altered(f"{process}/legal_basis", ["eu-gdpr:A6-1-b"]), "receipt_fact_other")
        self.assertEqual(self.altered("receipt/processes/1/left_out", data[:1]), "receipt_fact_other")
        other = [{**data[0], "dataset_id": "other"}]
        self.assertIsInstance(self.altered("receipt/processes/1/left_out", other), dict)

    def test_rules_of_a_notice(self):
        base = payload_of(vectors("signed")["contract"])
        issued, process = base["receipt"]["issued"], base["receipt"]["processes"][0]
        for path, new, good in [
            ("receipt/grounds/law/at", issued, True), ("receipt/grounds/law/at", issued + 1, False),
            ("receipt/processes/0/legal_basis", ["eu-gdpr:A6-1-a"], False),
            ("receipt/processes/0/left_out", process["data"][:1], False),
            ("receipt/source", base["receipt"]["controller"], True),
        ]:
            payload = copy.deepcopy(base)
            change(payload, path, new)
            got = self.verdict(payload)
            self.assertEqual(got if isinstance(got, str) else "good", "good" if good else "receipt_fact_other", path)
        base["receipt"].pop("source", None)
        self.assertIsInstance(self.verdict(base), dict)

    def test_the_order_of_records_and_purposes_counts(self):
        for path in ("receipt/grounds/consent/records", "receipt/processes"):
            payload = payload_of(vectors("signed")["pair"])
            found = payload["receipt"]
            for step in path.split("/")[1:]:
                found = found[step]
            change(payload, path, found[::-1])
            self.assertEqual(self.verdict(payload), "receipt_fact_other", path)

    def test_form(self):
        process, acting = "receipt/processes/0", "receipt/grounds/consent/ceremony/acting"
        for path, new in [
            ("receipt/operator/phone", "0401234567"), ("receipt/operator/phone", "+1234"),
            ("receipt/operator/email", "a@b@c"), ("receipt/operator/address/country", "FIN"),
            ("receipt/operator/url", "http://operator.example/"), ("receipt/authority/name", {}),
            ("receipt/authority/name", {"fin": "x"}), ("receipt/language", "sv-FI"),
            (f"{process}/category", 17), (f"{process}/data/0/category", "1"),
            (f"{process}/data/0/personal_data", "dpv:Collect"), (f"{process}/operations/0", "pd:Preference"),
            (f"{process}/legal_basis/0", "eu-gdpr:A15"), (f"{process}/retention/days", -1),
            (f"{process}/retention/days", 2**32), (f"{process}/storage/0", "EU"), (f"{acting}/minor", {"age": 256}),
            ("receipt/rights/0/right", "eu-gdpr:A6-1-a"), ("receipt/remedy/kind", "Withdraw"),
            ("receipt/receipt_id", "6B1D1D3C-7C5A-4E53-9E0E-2F6A4F0F3F10"),
            (f"{process}/data", []), (f"{process}/legal_basis", []), (f"{process}/operations", []),
            (f"{process}/storage", []), ("receipt/processes", []), ("receipt/jurisdiction", []),
            ("receipt/grounds/consent/records", []), ("receipt/grounds/consent/records/0/events", []),
            ("receipt/grounds", {}), ("receipt/grounds/law", {"basis": "contract", "at": 1}),
            ("evidence", {"both": {}}), ("evidence/pair/proposal/octets", "=="),
            ("evidence/pair/sink/consent/payload", 1),
        ]:
            self.assertEqual(self.altered(path, new), "json_shape", path)
        for path in ("receipt/issued", "receipt/rights", "evidence/pair/source", "receipt/remedy/otherwise",
                     f"{process}/data/0/necessity", f"{acting}/capacity", "evidence/pair/proposal/media_type"):
            self.assertEqual(self.altered(path, None), "json_missing_member", path)
        for path, new in [("receipt/operator", []), ("evidence/pair/sink/link", [])]:
            self.assertEqual(self.altered(path, new), "json_array_for_object", path)

    def test_what_may_be_there(self):
        for path, new in [
            ("receipt/x", {"y": [1]}), ("receipt/controller/service/issued", NOW),
            ("receipt/processes/0/left_out", []), ("receipt/rights", []), ("receipt/processes/0/recipients", []),
            ("receipt/grounds/consent/replaces", "before"),
            ("receipt/grounds/consent/ceremony/acting/authority", "register 1"),
        ]:
            self.assertIsInstance(self.altered(path, new), dict, path)

    def test_links_swapped(self):
        payload = payload_of(vectors("signed")["pair"])
        pair = payload["evidence"]["pair"]
        source, sink = pair["source"], pair["sink"]
        source["link"], sink["link"] = sink["link"], source["link"]
        self.assertEqual(self.verdict(payload), "receipt_link_other")
        pair["source"], pair["sink"] = sink, source
        self.assertEqual(self.verdict(payload), "jws_typ_mismatch")

    def test_without_what_was_shown(self):
        got = self.altered("evidence/pair/proposal", None)
        self.assertEqual(got["unchecked"], ["afterwards", "texts", "ceremony", "proposal_octets", "times", "keys"])

    def test_a_consent_for_one_service_has_no_source(self):
        payload = payload_of(vectors("signed")["single"])
        self.assertEqual(self.verdict(payload)["state"], "given")
        payload["receipt"]["source"] = payload["receipt"]["controller"]
        self.assertEqual(self.verdict(payload), "receipt_fact_other")

    def test_a_notice_has_no_evidence(self):
        none = {"none": {}}
        self.assertEqual(self.altered("evidence", none), "receipt_evidence_kind")
        told = {"law": {"basis": "contract", "at": NOW}}
        self.assertEqual(self.altered("receipt/grounds", told), "receipt_evidence_kind")

    def test_the_envelope(self):
        payload = payload_of(vectors("signed")["contract"])
        self.assertEqual(self.verdict(payload, typ="mydata-cr+json"), "jws_typ_mismatch")
        self.assertIsInstance(self.verdict(payload), dict)
        deep = json.loads("[" * 31 + "]" * 31)
        self.assertIsInstance(self.verdict({**payload, "x": deep}), dict)
        self.assertEqual(self.verdict({**payload, "x": [deep]}), "json_too_deep")
        self.assertEqual(self.verdict({**payload, "x": "x" * 2097152}), "json_too_large")
        self.assertEqual(self.verdict({**payload, "x": [0] * 65536}), "json_too_many")
        self.assertEqual(self.verdict({**payload, "x": dict.fromkeys(map(str, range(1025)))}), "json_too_many")


class Made(unittest.TestCase):
    """Receipts whose records are made here."""

    def test_good(self):
        world = World()
        got = world.verdict(world.payload())
        self.assertEqual((got["basis"], got["state"]), ("consent", "given"))

    def test_histories(self):
        paused, gone = ("Disabled", NOW + 20, "owner"), ("Withdrawn", NOW + 40, "status")
        stopped, late = ("Disabled", NOW + 20, "status"), ("Withdrawn", NOW + 1000, "owner")
        for statuses, causes, more, issued, wanted in [
            ((ACTIVE, paused), (GIVEN, ("paused", "data_subject", None)), (), NOW + 999, "paused"),
            ((ACTIVE, stopped), (GIVEN, ("paused", "service", "legal_order")), (EXPIRED,), NOW + 1000, "expired"),
            ((ACTIVE, late), (GIVEN, ("expired", "data_subject", "expired")), (), NOW + 1000, "expired"),
            ((ACTIVE, late), (GIVEN, ("withdrawn", "data_subject", None)), (), NOW + 1000, "withdrawn"),
            ((ACTIVE, gone), (GIVEN, ("revoked", "system", "link_removed")), (), NOW + 2000, "revoked"),
            ((ACTIVE, gone), (GIVEN, ("withdrawn", "representative", "owner_wish")), (), NOW + 50, "withdrawn"),
            ((ACTIVE, paused, ("Active", NOW + 30, "owner")),
             (GIVEN, ("paused", "data_subject", None), ("resumed", "data_subject", "owner_wish")), (), NOW + 50,
             "resumed"),
        ]:
            world = World(statuses=statuses)
            payload = world.payload(causes, more)
            change(payload, "receipt/issued", issued)
            got = world.verdict(payload)
            self.assertEqual(got if isinstance(got, str) else got["state"], wanted)

    def test_histories_that_do_not_follow(self):
        gone = ("Withdrawn", NOW + 40, "owner")
        for causes, more in [
            ((GIVEN, ("withdrawn", "operator", "owner_wish")), ()),
            ((GIVEN, ("revoked", "data_subject", None)), ()),
            ((GIVEN, ("withdrawn", "data_subject", "expired")), ()),
            ((GIVEN, ("withdrawn", "data_subject", None)), (EXPIRED,)),
            ((GIVEN,), ()),
        ]:
            world = World(statuses=(ACTIVE, gone))
            payload = world.payload(causes, more)
            change(payload, "receipt/issued", NOW + 2000)
            self.assertEqual(world.verdict(payload), "receipt_fact_other", causes)

    def test_the_first_is_by_whoever_gave(self):
        for capacity, by, good in [("oneself", "data_subject", True), ("parent", "representative", True),
                                   ("official", "representative", False), ("official", "data_subject", True), ("oneself", "representative", False)]:
            world = World()
            payload = world.payload((("given", by, None),))
            change(payload, "receipt/grounds/consent/ceremony/acting/capacity", capacity)
            got = world.verdict(payload)
            self.assertEqual(isinstance(got, dict), good, (capacity, got))

    def test_an_event_that_cannot_be(self):
        def told(signer, at, status, cause):
            world = World(statuses=(ACTIVE, (status, at, signer)))
            payload = world.payload((GIVEN, cause))
            change(payload, "receipt/issued", NOW + 2000)
            return world.verdict(payload)

        for state, status, reason in [("withdrawn", "Withdrawn", None), ("expired", "Withdrawn", "expired")]:
            for by in ("data_subject", "representative"):
                for signer in ("owner", "status"):
                    got = told(signer, NOW + 1000, status, (state, by, reason))
                    self.assertEqual(got["state"], state)
        for by in ("operator", "service", "system"):
            self.assertEqual(told("owner", NOW + 40, "Withdrawn", ("revoked", by, None)), "receipt_fact_other", by)
            self.assertEqual(told("owner", NOW + 1000, "Withdrawn", ("expired", by, "expired")),
                             "receipt_fact_other", by)
            self.assertEqual(told("status", NOW + 40, "Withdrawn", ("revoked", by, None))["state"], "revoked")
        early = told("status", NOW + 999, "Withdrawn", ("expired", "system", "expired"))
        self.assertEqual(early, "receipt_fact_other")
        world = World({f"{side}_consent": {"common_part/exp": None} for side in ("source", "sink")},
                      statuses=(ACTIVE, ("Withdrawn", NOW + 40, "status")))
        for reason, wanted in [("mandate_ended", "revoked"), ("expired", "receipt_fact_other")]:
            state = "revoked" if reason == "mandate_ended" else "expired"
            payload = world.payload((GIVEN, (state, "system", reason)))
            change(payload, "receipt/grounds/consent/exp", None)
            got = world.verdict(payload)
            self.assertEqual(got if isinstance(got, str) else got["state"], wanted)

    def test_the_halves_have_histories_of_their_own(self):
        paused, gone = ("Disabled", NOW + 20, "owner"), ("Withdrawn", NOW + 40, "owner")
        causes = {(ACTIVE,): (GIVEN,), (ACTIVE, paused): (GIVEN, ("paused", "data_subject", None)),
                  (ACTIVE, gone): (GIVEN, ("withdrawn", "data_subject", None))}
        for source, sink, wanted in [
            ((ACTIVE, paused), (ACTIVE,), "paused"), ((ACTIVE,), (ACTIVE, paused), "paused"),
            ((ACTIVE, gone), (ACTIVE, paused), "withdrawn"), ((ACTIVE, paused), (ACTIVE, gone), "withdrawn"),
        ]:
            world = World(statuses=source, sink=sink)
            self.assertEqual(world.verdict(world.payload(causes[source], sink=causes[sink]))["state"], wanted)

    def test_nothing_is_told_that_came_after(self):
        paused = ("Disabled", NOW + 20, "owner")
        for sink, issued, good in [((ACTIVE, paused), NOW + 20, True), ((ACTIVE, paused), NOW + 19, False),
                                   ((ACTIVE,), NOW + 10, True), ((ACTIVE,), NOW + 9, False)]:
            world = World(sink=sink)
            causes = (GIVEN, ("paused", "data_subject", None))[:len(sink)]
            payload = world.payload(sink=causes)
            change(payload, "receipt/issued", issued)
            got = world.verdict(payload)
            self.assertEqual(got if isinstance(got, str) else "good", "good" if good else "receipt_fact_other")
        world = World({"sink_consent": {"common_part/iat": NOW + 600}})
        payload = world.payload()
        change(payload, "receipt/grounds/consent/records/1/iat", NOW + 600)
        self.assertEqual(world.verdict(payload), "receipt_fact_other")
        change(payload, "receipt/issued", NOW + 600)
        self.assertIsInstance(world.verdict(payload), dict)

    def test_keys_of_receipts_belong_to_an_operator(self):
        world = World()
        payload, key = world.payload(), world.keys["receipts"].key()
        self.assertEqual(world.verdict(payload, {"another": [key]}), "receipt_operator_unknown")
        stranger = Signer("receipts-1").key()
        self.assertEqual(world.verdict(payload, {"operator": [stranger], "another": [key]}),
                         "jws_signature_invalid")
        change(payload, "receipt/operator_id", "another")
        self.assertEqual(world.verdict(payload), "receipt_operator_unknown")
        self.assertEqual(world.verdict(payload, {"another": [key]}), "receipt_fact_other")

    def test_a_key_in_two_roles(self):
        for role in ("owner", "status", "tokens", "pop", "source", "sink"):
            world = World()
            world.keys["receipts"] = world.keys[role]
            self.assertEqual(world.verdict(world.payload()), "receipt_key_two_roles", role)
            other = Signer("other")
            other.secret = world.keys[role].secret
            world.keys["receipts"] = other
            self.assertEqual(world.verdict(world.payload()), "receipt_key_two_roles", role)

    def test_a_key_of_the_person_that_signs_nothing_here(self):
        owner, key = Signer("owner-1"), Signer("receipts-1")
        world = World({"sink_link": {"cr_keys/keys": [owner.jwk(), key.jwk()]}}, owner=owner, receipts=key)
        self.assertEqual(world.verdict(world.payload()), "receipt_key_two_roles")

    def test_a_service_that_nobody_knows(self):
        world = World()
        stranger = {"sink": [Signer("sink-1").key()]}
        self.assertEqual(world.verdict(world.payload(), **stranger), "jws_signature_invalid")
        self.assertEqual(world.verdict(world.payload(), sink=[]), "receipt_service_unknown")

    def test_links_of_others(self):
        for path in ("slr_id", "surrogate_id", "subject_id", "operator"):
            world = World({"source_consent": {f"common_part/{path}": "other"}})
            self.assertEqual(world.verdict(world.payload()), "receipt_link_other", path)

    def test_halves_of_others(self):
        more = [dict(DATASET), {**DATASET, "dataset_id": "b", "distribution_url": "https://source.example/b"}]
        resources = "common_part/rs_description/resource_set"
        for path, new in [
            (f"{resources}/rs_id", "https://source.example.y"), (f"{resources}/dataset", more),
            (f"{resources}/dataset/0/distribution_id", None),
            ("common_part/consent_proposal/url", "https://operator.example/q"),
            ("common_part/consent_proposal/hash", "A" * 43), ("common_part/exp", NOW + 1001),
            ("common_part/nbf", NOW), ("role_specific_part/source_cr_id", "consent-other"),
        ]:
            world = World({"sink_consent": {path: new}})
            self.assertEqual(world.verdict(world.payload()), "receipt_halves_other", path)

    def test_the_language_is_that_of_a_record_that_names_one(self):
        for side in ("source", "sink"):
            for language, good in [("sv", True), ("fi", False)]:
                world = World({f"{side}_consent": {"common_part/x_mydata": {"language": language}}})
                self.assertEqual(isinstance(world.verdict(world.payload()), dict), good, (side, language))

    def test_a_record_that_is_altered_by_the_operator(self):
        world = World()
        payload = world.payload()
        consent = payload["evidence"]["pair"]["sink"]["consent"]
        forged = json.loads(names.decode(consent["payload"]))
        change(forged, "role_specific_part/usage_rules/0/purposeId", "marketing")
        consent["payload"] = names.encode(json.dumps(forged).encode())
        self.assertEqual(world.verdict(payload), "jws_signature_invalid")
        payload["evidence"]["pair"]["sink"]["consent"] = sign(forged, "mydata-sink-cr+json", world.keys["receipts"])
        self.assertEqual(world.verdict(payload), "jws_kid_unknown")

    def test_a_digest_is_read_in_both_spellings(self):
        world = World()
        payload = world.payload()
        place = payload["receipt"]["grounds"]["consent"]["notice"]
        place["sha256"] = names.decode(place["sha256"]).hex()
        self.assertIsInstance(world.verdict(payload), dict)

    def test_histories_that_are_none(self):
        world = World()
        payload = world.payload()
        payload["evidence"]["pair"]["sink"]["status"] = []
        self.assertEqual(world.verdict(payload), "receipt_status_missing")
        first_by_operator = World(statuses=(("Active", NOW + 10, "status"),))
        self.assertEqual(first_by_operator.verdict(first_by_operator.payload()), "chain_first_not_owner")


if __name__ == "__main__":
    unittest.main()
