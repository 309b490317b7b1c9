"""Documents of the linked form as others write them, made ours without inventing anything (guide 11.4)."""

import copy
import re

from . import linked_form, names
from .kantara import below
from .linked_form import form

# Forms to which the members of another may have strayed, and the group they belong to.
GROUPS = {"Record": (("header", "Header"), ("pii_processing", "Processing"))}
# What a span is.
SPANS = {"Duration": "dpv:TemporalDuration", "RetentionNode": "dpv:StorageDuration"}
MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?Z")


class Reading:
    """One document: what was put right, and what was found on the way."""

    def __init__(self, value):
        self.value = value
        self.repairs = set()
        self.findings = set()
        self.persons = []
        self.is_bare = False

    def repair(self, pointer, name):
        """Something put right."""
        self.repairs.add((pointer, f"linked_repair_{name}"))

    def find(self, pointer, rule):
        """Something wrong that is not there afterwards."""
        self.findings.add((pointer, f"linked_{rule}"))

    def run(self):
        """All of it."""
        root = self.value
        if "@context" not in root:
            root["@context"] = linked_form.context()
            self.repair("", "context")
        self.names(root, "LinkedReceipt", "")
        self.records(root)
        for at, record in enumerate(self.dicts(root.get("consent_records"))):
            self.record(root, record, f"/consent_records/{at}")
        known = form("LinkedReceipt").members.keys() & root.keys()
        self.is_bare = (len(self.dicts(root.get("consent_records"))) == 1
                        and known <= {"@context", "consent_records", "party_identification"})
        self.values(root, "LinkedReceipt", "", self.common_language(root))
        self.parties(root)

    @staticmethod
    def dicts(value):
        """The objects of a list."""
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    def names(self, value, name, pointer):
        """The members of one object in ISO's spelling, in the order of the document."""
        said = form(name).spellings
        for other in list(value):
            if other in form(name).members:
                continue
            meant, how = said.get(other, (None, None))
            if meant is None:
                continue
            inner = value.pop(other)
            self.find(below(pointer, meant), "other_spelling")
            if meant in value:
                self.find(below(pointer, meant), "two_spellings")
                continue
            self.repair(below(pointer, meant), how)
            value[meant] = inner

    def records(self, root):
        """Records by themselves, and their members beside them."""
        if isinstance(root.get("consent_records"), dict):
            root["consent_records"] = [root["consent_records"]]
            self.repair("/consent_records", "single")
        said = form("Record")
        stray = {other for other in root if other not in form("LinkedReceipt").members
                 and (other in said.members or other in said.spellings)}
        if stray and "consent_records" not in root:
            root["consent_records"] = [{}]
        if stray and len(self.dicts(root.get("consent_records"))) == 1:
            root["consent_records"][0] |= {other: root.pop(other) for other in stray}
            self.repair("/consent_records", "grouped")

    def stray(self, value, own, name, rest=()):
        """Members of another form in this object, under whatever name, with the right one."""
        mine, other = form(own), form(name)
        for found in list(value):
            meant = found if found in other.members else other.spellings.get(found, (None,))[0]
            if meant and found not in mine.members and found not in mine.spellings and meant not in rest \
                    and not meant.startswith("@"):
                yield found, meant

    def record(self, root, record, pointer):
        """Groups, and what holds for every purpose."""
        self.names(record, "Record", pointer)
        if "party_identification" in record or "partyIdentification" in record:
            name = "party_identification" if "party_identification" in record else "partyIdentification"
            inner = record.pop(name)
            parties = root.setdefault("party_identification", [])
            if isinstance(parties, list):
                parties += inner if isinstance(inner, list) else [inner]
            self.repair(below(pointer, "party_identification"), "grouped")
        for group, name in GROUPS["Record"]:
            for found, _ in list(self.stray(record, "Record", name)):
                place = record.setdefault(group, {})
                if isinstance(place, dict):
                    place.setdefault(found, record.pop(found))
                    self.repair(below(pointer, group), "grouped")
        if isinstance(record.get("pii_processing"), dict):
            self.processing(record["pii_processing"], below(pointer, "pii_processing"))

    def processing(self, value, pointer):
        """What stands in the purposes and holds for all, and the other way round."""
        self.names(value, "Processing", pointer)
        if isinstance(value.get("purposes"), dict):
            value["purposes"] = [value["purposes"]]
            self.repair(below(pointer, "purposes"), "single")
        purposes = self.dicts(value.get("purposes"))
        said = {}
        for purpose in purposes:
            for found, meant in list(self.stray(purpose, "Purpose", "Processing", ("purposes",))):
                said.setdefault(meant, []).append(purpose.pop(found))
                if found != meant:
                    self.repair(below(pointer, meant), form("Processing").spellings[found][1])
                    self.find(below(pointer, meant), "other_spelling")
        for meant, inner in said.items():
            first = value.setdefault(meant, inner[0])
            if all(other == first for other in inner):
                self.repair(below(pointer, meant), "moved")
            else:
                self.find(below(pointer, meant), "purposes_differ")
        for found, meant in list(self.stray(value, "Processing", "Purpose")):
            if purposes:
                inner = value.pop(found)
                for purpose in purposes:
                    purpose.setdefault(meant, copy.deepcopy(inner))
                self.repair(pointer, "moved")

    def common_language(self, value):
        """The language of all records, when it is one."""
        found = {self.language_of(record) for record in self.dicts(value.get("consent_records"))}
        return found.pop() if len(found) == 1 else None

    @staticmethod
    def language_of(record):
        """The language of a record, if it names exactly one."""
        processing = record.get("pii_processing")
        said = processing.get("language") if isinstance(processing, dict) else None
        said = said[0] if isinstance(said, list) and len(said) == 1 else said
        return said if isinstance(said, str) and names.is_language(said) else None

    def values(self, value, name, pointer, language):
        """The forms of values, in one object and all below it."""
        self.names(value, name, pointer)
        self.identifier(value, name, pointer)
        for inner, member in form(name).members.items():
            if inner not in value or member.kind == "any":
                continue
            place = below(pointer, inner)
            if member.is_list and not isinstance(value[inner], list) and value[inner] is not None:
                value[inner] = [value[inner]]
                if not (name == "LinkedReceipt" and inner == "consent_records"):
                    self.repair(place, "single")
            elif not member.is_list and isinstance(value[inner], list) and len(value[inner]) == 1:
                value[inner] = value[inner][0]
                self.repair(place, "single")
            if member.is_list and isinstance(value[inner], list):
                value[inner] = [self.one(item, inner, member, below(place, at), language)
                                for at, item in enumerate(value[inner])]
            elif not member.is_list:
                value[inner] = self.one(value[inner], inner, member, place, language)
        for inner in ("sensitive_pii_category", "special_pii_category"):
            if name == "Data" and isinstance(value.get(inner), list):
                had = value[inner]
                value[inner] = [item for item in had if item is not False]
                if had and not value[inner]:
                    del value[inner]

    def identifier(self, value, name, pointer):
        """An identifier under its other key."""
        key = {"LinkedReceipt": "receipt_id", "Header": "record_id", "PartyNode": "party_id"}.get(name)
        if key and key not in value and isinstance(value.get("identifier"), str):
            value[key] = value["identifier"]
            self.repair(below(pointer, key), "identifier")

    def one(self, value, name, member, pointer, language):
        """One value of a member."""
        if member.kind == "Record" and isinstance(value, dict):
            language = self.language_of(value)
        if isinstance(value, bool):
            return self.boolean(value, name, pointer)
        if isinstance(value, str) and member.kind == "text" and name in linked_form.TERMS:
            return self.term(value, pointer)
        if isinstance(value, str) and member.kind == "moment":
            return self.moment(value, pointer)
        if isinstance(value, str) and member.kind == "texts":
            return self.texts(value, pointer, language)
        if isinstance(value, str) and member.kind[0].isupper() and member.kind != "Receiver":
            value = self.object(value, name, member.kind, pointer, language)
        if isinstance(value, dict) and member.kind[0].isupper():
            self.values(value, "ReceiverNode" if member.kind == "Receiver" else member.kind, pointer, language)
        return value

    def boolean(self, value, name, pointer):
        """A truth value for the term that it stands for."""
        words = {"pii_optional": {True: "dpv:Optional", False: "dpv:Required"},
                 "sensitive_pii_category": {True: "dpv:SensitivePersonalData", False: False},
                 "special_pii_category": {True: "dpv:SpecialCategoryPersonalData", False: False}}
        if name not in words:
            return value
        self.repair(pointer, "boolean")
        return words[name][value]

    def term(self, value, pointer):
        """A term in full."""
        short = linked_form.shortened(value)
        if short != value:
            self.repair(pointer, "full_iri")
        return short

    def moment(self, value, pointer):
        """A fraction of no length."""
        found = MOMENT.fullmatch(value)
        if found and found.group(2) and not found.group(2).strip(".0"):
            self.repair(pointer, "fraction")
            return f"{found.group(1)}Z"
        return value

    def texts(self, value, pointer, language):
        """A text in the language of the record."""
        if language is None or not value.strip():
            return value
        self.repair(pointer, "text_language")
        return {language: value}

    def object(self, value, name, kind, pointer, language):
        """The object for which a text stands."""
        short = linked_form.shortened(value)
        made = None
        if kind == "NoticeNode":
            made = {"@id": value}
        elif kind == "Control" and name != "privacy_rights":
            made = {"exercised_at": value} if linked_form.is_iri(value) else self.words(value, pointer, language)
        elif kind == "Control" or kind == "Duration" and linked_form.kind_of(short):
            made = {"@type": [short]}
        elif kind == "Data":
            made = {"pii_type": [short]}
        elif kind == "Storage" and short.startswith("loc:"):
            made = {"@type": ["dpv:StorageLocation"], "location": [short]}
        elif kind in SPANS and linked_form.is_span(value):
            made = {"@type": [SPANS[kind]], "duration": value}
        elif kind == "RetentionNode":
            made = self.words(value, pointer, language)
        if made is None:
            return value
        self.repair(pointer, "text_for_object")
        return made

    def words(self, value, pointer, language):
        """A description."""
        if language is None:
            return None
        self.repair(pointer, "text_language")
        return {"description": {language: value}}

    def parties(self, root):
        """Names to refer to, for parties and by them."""
        parties = self.dicts(root.get("party_identification"))
        for number, party in enumerate(parties):
            if "@id" not in party and isinstance(party.get("party_id"), str):
                name = party["party_id"]
                party["@id"] = name if linked_form.is_iri(name) else f"_:party-{number}"
                self.repair(f"/party_identification/{number}", "party_reference")
        known = {party.get("@id") for party in parties if isinstance(party.get("@id"), str)}
        by_id = {}
        for party in parties:
            if isinstance(party.get("party_id"), str) and isinstance(party.get("@id"), str):
                by_id.setdefault(party["party_id"], []).append(party["@id"])
        for holder, key, name, pointer in list(linked_form.references(root, "LinkedReceipt", "")):
            text = holder[key]
            if text in known:
                continue
            if len(by_id.get(text, ())) == 1:
                holder[key] = by_id[text][0]
                self.repair(pointer, "party_reference")
            elif name == "pii_principal_id" and text not in by_id and not linked_form.is_iri(text) and text.strip():
                made = f"_:pii-principal-{len(self.persons)}"
                self.persons.append(text)
                if isinstance(root.setdefault("party_identification", []), list):
                    root["party_identification"].append(
                        {"@id": made, "party_id": text, "party_type": ["dpv:DataSubject"]})
                by_id[text] = [made]
                holder[key] = made
                self.repair(pointer, "party_reference")
