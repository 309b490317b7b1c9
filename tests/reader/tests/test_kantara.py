"""Kantara receipts: the tables of the guide, and values by hand."""

import copy
import json
import re
import unittest

from mydata_reader import kantara, kantara_category, kantara_form, kantara_read, kantara_write
from mydata_reader.kantara_form import DATA, PURPOSES

from .guide import GUIDE
from .receipts import change, vectors

PAGE = (GUIDE / "11-receipts.md").read_text(encoding="utf-8").partition("## 11.3")[2].partition("## 11.4")[0]
GOOD = json.loads(vectors("kantara")["good"]["task"]["receipt"]["validate"]["text"])
PURPOSE = "services/0/purposes/0"


def rows(columns):
    """The rows of all tables with so many columns."""
    found = (re.findall(r"(?<=\|) (.*?) (?=\|)", line) for line in PAGE.splitlines() if line.startswith("|"))
    return [row for row in found if len(row) == columns]


def changed(**edits):
    """A good receipt after edits: with `__` for a step, and None for what is taken away."""
    value = copy.deepcopy(GOOD)
    for path, new in edits.items():
        change(value, path.replace("__", "/"), new)
    return value


def found(value):
    """Pointers and rules."""
    return kantara.judge(value).sorted()


def read(value):
    """Document or codes, and the repairs by their short names."""
    said = kantara_read.read({"text": json.dumps(value)})
    if "refused" in said:
        return said["refused"], None
    repairs = [repair["repair"].removeprefix("kantara_repair_") for repair in said["accepted"]["repairs"]]
    return said["accepted"]["document"], repairs


class Tables(unittest.TestCase):
    def test_the_rules_are_those_of_the_guide(self):
        told = {code.strip("`"): (level, caught.replace("not asked", "unasked")) for code, _, level, caught in rows(4)
                if code.startswith("`kantara_")}
        self.assertEqual(kantara_form.RULES, told)

    def test_the_labels_are_those_of_the_guide(self):
        numbered = [row for row in rows(3) if row[0].isdigit()]
        self.assertEqual([(str(at), *labels) for at, labels in enumerate(zip(PURPOSES, DATA), 1)],
                         [tuple(row) for row in numbered])

    def test_our_words_are_those_of_the_guide(self):
        names = {"tick and confirm": "tick_and_confirm", "`nbf`": "nbf", "`exp`": "exp", "no `exp`": "open",
                 "not explicit": "not_explicit"}
        told = {names.get(row[0], row[0]): row[1:] for row in rows(4) if not row[0].startswith("`kantara_")}
        del told["our words"], told["code"]
        for language, place in (("fi", 0), ("sv", 1), ("en", 2)):
            words = {name: text.replace("{}", "T") for name, text in kantara_write.WORDS[language].items()}
            self.assertEqual(words, {name: texts[place] for name, texts in told.items()})


class Values(unittest.TestCase):
    def test_phones(self):
        for text, good in [
            ("tel:+358900000001", True), ("tel:+358-9-000-0001", True), ("TEL:+1", True), ("tel:+(358)9", True),
            ("tel:+1;ext=2", True), ("tel:112", False), ("tel:112;phone-context=+358", True),
            ("tel:112;ext=1;phone-context=town.example", True), ("tel:+", False), ("tel:+-", False),
            ("+358900000001", False), ("tel:+358 9", False), ("tel:", False), ("mailto:a@b", False),
        ]:
            self.assertEqual(kantara_form.is_phone(text), good, text)

    def test_urls(self):
        for text, good in [
            ("https://a", True), ("http://a/b?c#d", True), ("https://a/é", False), ("https://a/ b", False),
            ("https:///b", False), ("https://", False), ("https:a", False), ("HTTPS://a", False),
            ("https://a\\b", False), ("https://a/<", False), ("https://a/\"", False), ("ftp://a", False),
            ("https://[::1]:80/", True), ("https://[[[", False), ("https://a:65536", False), ("https://a..b", False),
            ("https://1.2.3.4", True), ("https://a/%zz", False), ("https://a/%2f", True),
            ("https://a/`", False), ("https://a/{b}", False), ("https://u@a", False),
        ]:
            self.assertEqual(kantara_form.is_url(text), good, text)

    def test_jurisdictions(self):
        for text, good in [("FI", True), ("FI SE", True), ("fi", False), ("EU", False), ("FI,SE", False)]:
            self.assertEqual(kantara_form.is_jurisdiction(text), good, text)

    def test_consent_types(self):
        undescribed, case = "kantara_consent_undescribed", "kantara_consent_type_case"
        for text, rule in [("EXPLICIT", None), ("Explicit", case), ("IMPLICIT", undescribed), ("by using - it", None),
                           ("by - it", undescribed), ("IMPLICIT：図書館カードを使い", undescribed),
                           ("IMPLICIT：図書館カードを使い続ける", None), ("a 1 b", None)]:
            self.assertEqual(kantara_form.consent_type(text), rule, text)

    def test_categories(self):
        for labels, text, kind, number in [
            (PURPOSES, "4 - Contact Requested", None, 4), (PURPOSES, "4-Contact Requested", "form", 4),
            (PURPOSES, "4 Contact Requested", "form", 4), (PURPOSES, "4", "form", None),
            (PURPOSES, "Contact Requested", "form", 4), (PURPOSES, "4 - contact requested", "drift", 4),
            (PURPOSES, "5 - Personalize Experience", "drift", 5), (PURPOSES, "11 - 3rd Party Sharing for", "drift", 11),
            (PURPOSES, "10 - 3rd Party Sharing for", "next", 11), (PURPOSES, "0 - Core Function", "next", 1),
            (PURPOSES, "3rd Party Sharing for Core Function", "form", 10), (PURPOSES, "17", "unknown", None),
            (PURPOSES, "5 - Core Function", "contradicted", None), (PURPOSES, "5 - Contact", "unknown", None),
            (PURPOSES, "to remind", "unknown", None), (DATA, "4 - Communications/Social", "drift", 4),
            (DATA, "15 - Profiling", "next", 16), (DATA, "17 - Profiling", "contradicted", None),
        ]:
            self.assertEqual(kantara_category.judge(text, labels)[:2], (kind, number), text)

    def test_what_shows_how_categories_were_counted(self):
        for text, shows in [("2 - Contact", True), ("2", True), ("2 - contact", True), ("7 - Contact", True),
                            ("2 - Foo", True), ("Contact", False), ("words", False), ("1 - Contact", False)]:
            self.assertEqual(kantara_category.judge(text, DATA)[2], shows, text)


class Judging(unittest.TestCase):
    def test_the_last_of_two_values_counts(self):
        text = json.dumps(GOOD).replace('"version":', '"version": "", "version":')
        self.assertEqual([finding["rule"] for finding in kantara.verdict(text.encode())["findings"]],
                         ["kantara_duplicate_member"])

    def test_a_wrapper_has_no_member_of_a_receipt(self):
        self.assertTrue(kantara.is_wrapped({"consentReceipt": GOOD, "iss": 1}))
        self.assertFalse(kantara.is_wrapped({"consentReceipt": GOOD, "version": 1}))
        self.assertFalse(kantara.is_wrapped({"consentReceipt": "text"}))

    def test_our_member(self):
        given = vectors("convert")["kantara-given-en"]["expect"]["accepted"]["document"]
        self.assertEqual(found(given), [])
        for path, new in [("x_mydata/state", "over"), ("x_mydata/issued", -1), ("x_mydata/records/0/events", []),
                          ("x_mydata/notice/url", "http://a.example/"), ("x_mydata/purposes/0/datasets/0/category", 17),
                          ("x_mydata/decided", None), ("x_mydata", "text")]:
            value = copy.deepcopy(given)
            change(value, path, new)
            self.assertEqual(found(value), [("/x_mydata", "kantara_extension")], path)

    def test_what_is_written_has_no_fault(self):
        for name, case in vectors("convert").items():
            if name.startswith("kantara") and "accepted" in case["expect"]:
                task = case["task"]["receipt"]["write"]
                document = kantara_write.write(task)["document"]
                self.assertEqual(found(document), [], name)
                self.assertEqual(read(document), (document, []), name)


class Reading(unittest.TestCase):
    def test_times(self):
        for time, wanted, repairs in [
            ("1736236800", 1736236800, ["time_text"]), ("2025-01-07T08:00:00Z", 1736236800, ["time_text"]),
            ("2025-01-07T08:00:00.999Z", 1736236800, ["time_text"]), (1736236800999, 1736236800, ["milliseconds"]),
            ("1736236800999", 1736236800, ["milliseconds", "time_text"]), (1736236800.0, 1736236800, ["time_float"]),
        ]:
            self.assertEqual(read(changed(consentTimestamp=time)), (changed(consentTimestamp=wanted), repairs))
        for time in ("2025-01-07", "2025-13-07T08:00:00Z", "2025-01-07T10:00:00+02:00", 1.5, -1, "-1"):
            self.assertEqual(read(changed(consentTimestamp=time))[0], ["kantara_wrong_type"], time)
        self.assertEqual(read(changed(consentTimestamp=10**16))[0], ["kantara_time_beyond"])

    def test_phones(self):
        for phone, wanted in [("+358 9 000-0001", "tel:+35890000001"), ("+(358).9.00", "tel:+358900"),
                              ("+12345", "tel:+12345"), ("+1234", None), ("+0123456", None), ("09 000 0001", None)]:
            got, repairs = read(changed(piiControllers__0__phone=phone))
            self.assertEqual(got if wanted is None else (got["piiControllers"][0]["phone"], repairs),
                             ["kantara_phone"] if wanted is None else (wanted, ["phone"]), phone)

    def test_languages(self):
        for language, wanted in [("FI", "fi"), ("sv-FI", "sv"), ("EN-us", "en"), ("zz", None), ("fin", None)]:
            got, _ = read(changed(language=language))
            self.assertEqual(got if wanted is None else got["language"], wanted or ["kantara_language"], language)

    def test_a_name_that_is_needed_is_not_left_out(self):
        value = changed(**{f"{PURPOSE}/thirdPartyDisclosure": True, f"{PURPOSE}/thirdPartyName": ""})
        self.assertEqual(read(value)[0], ["kantara_empty_text"])

    def test_no_count_from_zero_beside_a_count_from_one(self):
        lists = {f"{PURPOSE}/purposeCategory": ["3 - Contact Requested"], f"{PURPOSE}/piiCategory": ["1 - Contact"]}
        self.assertEqual(read(changed(**lists)), (GOOD, ["category_from_zero"] * 2))
        lists[f"{PURPOSE}/piiCategory"] = ["2 - Contact"]
        self.assertEqual(read(changed(**lists))[0], ["kantara_category_contradicted"])


if __name__ == "__main__":
    unittest.main()
