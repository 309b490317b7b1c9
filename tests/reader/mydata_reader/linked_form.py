"""The linked form of receipts: its members, out of the published schema and context (guide 11.4)."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from . import receipt_form
from .kantara import below

SPEC = Path(__file__).resolve().parents[3] / "spec"
# Other names for a member than its camel case and its property, by the form and the member.
OTHERS = {
    ("LinkedReceipt", "consent_records"): ("records", "record"), ("Record", "header"): ("record",),
    ("Record", "events"): ("event",), ("Purpose", "storage_locations"): ("storageLocation",),
    ("Processing", "codes_of_conduct"): ("codeOfConduct",),
}
# Properties that two members share.
SHARED = ("rdf:type", "dpv:hasStorageCondition")
# Of which kind a term is that stands in a member.
KINDS = {
    "purpose": "Purpose", "purpose_type": "Purpose", "pii_type": "PersonalData", "lawful_basis": "LegalBasis",
    "basis": "LegalBasis", "event_type": "LegalBasis", "event_state": "ConsentStatus",
    "processing_method": "Processing", "importance": "Importance", "pii_optional": "Necessity",
}
# Members that are terms; those without a kind are of whatever kind.
TERMS = KINDS.keys() | {"@type", "party_type", "party_role", "jurisdiction", "location", "sensitive_pii_category",
                        "special_pii_category", "role", "channel", "method", "assurance", "custody", "actor", "reason"}
# Members that refer to a party.
PARTIES = {"pii_principal_id", "publisher", "authority_party", "pii_controllers", "provider", "consumer", "entity_id",
           "recipient_third_parties"}
# Members that are IRIs of something else.
IRIS = {"@id", "policy", "exercised_at", "party_url"}
# Demanded of a receipt, and not of a record alone.
OF_RECEIPT = ("schema_version", "receipt_id", "created")
MAY_BE_EMPTY = {"recipient_third_parties"}
# Those of the guide of the vocabulary.
PHANTOMS = {f"dpv:{name}" for name in """
Analytics AutomationOfProcessing ConsentTerminated ConsentType DataProcessorDataSource FederatedLocation
FullyAutomatedProcessing JointDataController ProcessingFrequency ScaleOfProcessing WithdrawingFromActivity
hasAutomation hasDataProcessingCondition hasDataStorageCondition hasLegalName hasProcessingAutomation isImplementedBy
""".split()}
PREFIXES = ("dpv", "pd", "loc", "eu-gdpr")


@dataclass(frozen=True)
class Member:
    """A member: `kind` is text, integer, moment, texts, issued, any, or the name of a form; whether it is a list."""

    kind: str
    is_list: bool = False


@functools.cache
def schema():
    """The published schema."""
    return json.loads((SPEC / "schemas" / "LinkedReceipt.json").read_text(encoding="utf-8"))


@functools.cache
def context():
    """Our context: the same in every document."""
    path = SPEC / "vectors" / "receipt" / "linked" / "single.jsonld"
    return json.loads(path.read_text(encoding="utf-8"))["@context"]


def _member(said):
    if "anyOf" in said:
        said = next(choice for choice in said["anyOf"] if choice.get("type") != "null")
    if "$ref" in said:
        name = said["$ref"].rpartition("/")[2]
        return Member({"Moment": "moment", "Localized": "texts", "Issued": "issued"}.get(name, name))
    if "type" not in said:
        return Member("any")
    if said["type"] == "array":
        return Member(_member(said["items"]).kind, True)
    kind = next(kind for kind in ([said["type"]] if isinstance(said["type"], str) else said["type"]) if kind != "null")
    return Member({"string": "text"}.get(kind, kind))


@dataclass(frozen=True)
class Form:
    """An object: its members, those demanded, and the names under which others write a member."""

    name: str
    members: dict
    required: tuple

    @functools.cached_property
    def spellings(self):
        """Other names to the member and to what kind of name it is."""
        found = {}
        for name in self.members:
            place = context().get(name)
            if isinstance(place, dict) and place["@id"] not in SHARED:
                found.setdefault(place["@id"], (name, "property"))
            for other in (camel(name), *OTHERS.get((self.name, name), ())):
                if other not in self.members:
                    found[other] = (name, "camel_case")
        return found


def camel(name):
    """A name in camel case."""
    return re.sub("_([a-z])", lambda found: found.group(1).upper(), name)


@functools.cache
def form(name):
    """A form by its name in the schema."""
    said = schema() if name == "LinkedReceipt" else schema()["$defs"][name]
    members = {inner: _member(what) for inner, what in said["properties"].items()}
    return Form(name, members, tuple(inner for inner in said.get("required", ()) if inner != "@context"))


@functools.cache
def _vocabulary():
    lines = (line.split() for line in receipt_form.TERMS.read_text(encoding="utf-8").splitlines())
    return {words[2]: words[:2] for words in lines if len(words) == 3 and words[0] in ("CLASS", "PROPERTY")}


def kind_of(term):
    """The kind of a class, `property`, or None for what the vocabulary does not have."""
    what, kind = _vocabulary().get(term, (None, None))
    return "property" if what == "PROPERTY" else kind


def is_ours(term):
    """Whether a term is of DPV."""
    return term.partition(":")[0] in PREFIXES and ":" in term


def is_iri(text):
    """An IRI, a shortened one, or the name of a blank node."""
    return bool(re.fullmatch(r"(?:_|[A-Za-z][A-Za-z0-9+.-]*):[^\s<>\"{}|\\^`]+", text))


def shortened(text):
    """A term in full with its prefix, or the text as it is."""
    for prefix in PREFIXES:
        space = context()[prefix]
        if text.startswith(space) and len(text) > len(space):
            return f"{prefix}:{text[len(space):]}"
    return text


def is_span(text):
    """A span of ISO 8601."""
    return bool(re.fullmatch(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", text))


def references(value, name, pointer):
    """Every place that refers to a party."""
    for inner, member in form(name).members.items():
        found, place = value.get(inner), below(pointer, inner)
        if inner in PARTIES and isinstance(found, str):
            yield value, inner, inner, place
        for at, item in enumerate(found if member.is_list and isinstance(found, list) else []):
            if inner in PARTIES and isinstance(item, str):
                yield found, at, inner, below(place, at)
            elif isinstance(item, dict) and member.kind[0].isupper() and member.kind != "Receiver":
                yield from references(item, member.kind, below(place, at))
        if not member.is_list and isinstance(found, dict) and member.kind[0].isupper():
            yield from references(found, member.kind, place)
