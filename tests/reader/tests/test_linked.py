"""The linked form of receipts: its table in the guide, its examples, and documents by hand."""

import copy
import json
import re
import unittest

from mydata_reader import linked, linked_form

from .guide import GUIDE
from .receipts import VECTORS, change, vectors

PAGE = (GUIDE / "11-receipts.md").read_text(encoding="utf-8").partition("## 11.4")[2].partition("## 11.5")[0]
GOOD = json.loads(vectors("linked")["good"]["task"]["receipt"]["validate"]["text"]) | {
    "@context": linked_form.context()}
RECORD = "consent_records/0"
PURPOSE = f"{RECORD}/pii_processing/purposes/0"


def changed(edits):
    """A good document after edits; None takes away."""
    value = copy.deepcopy(GOOD)
    for path, new in edits.items():
        change(value, path, new)
    return value


def found(value):
    """Pointers and rules by their short names."""
    said = linked.validate({"text": json.dumps(value)})["findings"]
    return [(finding["pointer"], finding["rule"].removeprefix("linked_")) for finding in said]


def read(value):
    """Document or codes, and the repairs by their short names."""
    said = linked.read({"text": json.dumps(value)})
    if "refused" in said:
        return said["refused"], None
    return said["accepted"]["document"], [
        repair["repair"].removeprefix("linked_repair_") for repair in said["accepted"]["repairs"]]


class Documents(unittest.TestCase):
    def test_the_levels_are_those_of_the_guide(self):
        rows = re.findall(r"^\| `(linked_[a-z_]+)` \| .* \| (error|warning|note) \|$", PAGE, re.M)
        self.assertEqual(len(rows), 32)
        for rule, level in rows:
            self.assertEqual(linked.level(rule), level, rule)

    def test_examples_and_what_is_written_have_no_fault(self):
        documents = {path.name: json.loads(path.read_text()) for path in (VECTORS / "linked").glob("*.jsonld")}
        for name, case in vectors("convert").items():
            if name.startswith("linked") and "accepted" in case["expect"]:
                document = case["expect"]["accepted"]["document"]
                documents[name] = document | {"@context": linked_form.context()}
        self.assertGreater(len(documents), 12)
        for name, document in documents.items():
            self.assertEqual(found(document), [], name)
            self.assertEqual(read(document)[1], [], name)
            self.assertEqual(document["@context"], linked_form.context())

    def test_terms(self):
        for path, term, rule in [
            (f"{PURPOSE}/purpose/0", "dpv:Marketing", None), (f"{PURPOSE}/purpose/0", "mydata:Other", None),
            (f"{PURPOSE}/pii_information/0/pii_type/0", "dpv:Marketing", "term_kind"),
            (f"{PURPOSE}/purpose/0", "pd:Nothing", "unknown_term"), (f"{RECORD}/events/0/event_state/0", "given",
                                                                     "unknown_term"),
            (f"{RECORD}/pii_processing/jurisdiction/0", "loc:XX", "unknown_term"),
        ]:
            self.assertEqual(found(changed({path: term})), [(f"/{path}", rule)] if rule else [], term)

    def test_times(self):
        for time, rule in [("2025-01-07T08:00:00Z", None), ("2025-01-07T08:00:00.001Z", "milliseconds"),
                           ("2025-01-07 08:00:00Z", "time"), (1736236800, "time"), (1736236800000, "milliseconds"),
                           (True, "wrong_type")]:
            self.assertEqual(found(changed({"created": time})), [("/created", rule)] if rule else [], time)

    def test_spans(self):
        for text, good in [("P1Y", True), ("P730D", True), ("PT12H", True), ("P1Y6M", True), ("P", False),
                           ("PT", False), ("1Y", False), ("two years", False)]:
            self.assertEqual(linked_form.is_span(text), good, text)

    def test_what_holds_for_all_purposes(self):
        both = {f"{PURPOSE}/jurisdiction": ["loc:FI"]}
        self.assertEqual(read(changed(both))[1], ["moved"])
        self.assertEqual(found(changed({f"{PURPOSE}/jurisdiction": ["loc:SE"]})),
                         [("/consent_records/0/pii_processing/jurisdiction", "purposes_differ")])

    def test_a_party_that_two_have_the_identifier_of_is_not_guessed(self):
        value = changed({f"{RECORD}/pii_processing/pii_controllers/0": "0000001-0"})
        self.assertEqual(read(value), (changed({"@context": None}), ["party_reference"]))
        value["party_identification"].append(value["party_identification"][0] | {"@id": "_:other"})
        self.assertEqual(read(value)[0], ["linked_dangling_party"])


if __name__ == "__main__":
    unittest.main()
