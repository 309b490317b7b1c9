"""Holds every `*.jsonld` of a folder to JSON-LD 1.1 and to DPV: `check.py FOLDER`.

Each document is expanded by PyLD without a network, and then:

* nothing was dropped: the document has as many values before as after, counted on both sides;
* a property of DPV that points to a class has nodes and IRIs only, never a literal;
* every IRI in a namespace of DPV is a term of DPV, a property where a property stands;
* every type is an IRI, and so is every id;
* every node of the document's own that is referred to is there.

Every document is then spoiled in a dozen ways, one fault each: a spoiled copy that passes is a fault of
the check, and fails the run.
"""

import copy
import json
import sys
from pathlib import Path
from urllib.parse import urlparse

from pyld import jsonld

TERMS = Path(__file__).resolve().parents[2] / "crates/mydata-receipt/src/dpv/terms.txt"
NAMESPACES = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
}


class Wrong(Exception):
    """Why a document is not what it says."""


def no_network(url, options=None):
    raise Wrong(f"asks for {url}")


def vocabulary():
    """Kind and range of every term, by IRI."""
    found = {}
    for line in TERMS.read_text().splitlines():
        if line.startswith("#"):
            continue
        kind, of, term = line.split(" ")
        prefix, name = term.split(":", 1)
        found[NAMESPACES[prefix] + name] = (kind, of)
    return found


VOCABULARY = vocabulary()


def is_term(iri):
    return any(iri.startswith(namespace) for namespace in NAMESPACES.values())


# Against this a relative reference is resolved: whatever begins with it was no IRI in the document.
BASE = "https://relative.invalid/"


def is_iri(text):
    is_relative = text.startswith(BASE)
    return not is_relative and (text.startswith("_:") or bool(urlparse(text).scheme))


def keys_of(node, context):
    """What the keys of the document say, counted without PyLD: each value under a key that is no group."""
    if isinstance(node, list):
        return sum(keys_of(one, context) for one in node)
    if not isinstance(node, dict):
        return 0
    count = 0
    for key, value in node.items():
        if key == "@context":
            continue
        meaning = context.get(key, key)
        values = value if isinstance(value, list) else [value]
        if meaning in ("@nest", "@included"):
            count += keys_of(value, context)
        elif isinstance(meaning, dict) and meaning.get("@container") == "@language":
            count += len(value)
        elif key == "@id":
            count += 1
        else:
            count += len(values) + keys_of(value, context)
    return count


def values_of(expanded):
    """The same, counted in what PyLD made of it."""
    if isinstance(expanded, list):
        return sum(values_of(one) for one in expanded)
    if not isinstance(expanded, dict) or "@value" in expanded:
        return 0
    count = 0
    for key, value in expanded.items():
        if key == "@id":
            count += 1
        elif key == "@included":
            count += values_of(value)
        elif key == "@type":
            count += len(value)
        else:
            # A reference is a value, and not yet a node with an id of its own.
            nodes = [one for one in value if set(one) != {"@id"}]
            count += len(value) + values_of(nodes)
    return count


def nodes(expanded):
    if isinstance(expanded, list):
        for one in expanded:
            yield from nodes(one)
    elif isinstance(expanded, dict) and "@value" not in expanded:
        yield expanded
        for value in expanded.values():
            if isinstance(value, list):
                yield from nodes(value)


def check_term(iri, wanted):
    if not is_term(iri):
        return 0
    kind, _ = VOCABULARY.get(iri, (None, None))
    if kind is None:
        raise Wrong(f"DPV has no {iri}")
    if kind != wanted:
        raise Wrong(f"{iri} is a {kind}, and stands as a {wanted}")
    return 1


def check(document):
    """How many values and how many terms of DPV the document has."""
    context = document.get("@context")
    if not isinstance(context, dict):
        raise Wrong("has no context of its own")
    expanded = jsonld.expand(document, {"documentLoader": no_network, "base": BASE})
    before, after = keys_of(document, context), values_of(expanded)
    if before != after:
        raise Wrong(f"{before} values, and {after} after expansion")
    terms, own, referred = 0, set(), set()
    root = document.get("@id")
    for node in nodes(expanded):
        is_reference = set(node) == {"@id"}
        if "@id" in node:
            if not is_iri(node["@id"]):
                raise Wrong("an id is no IRI")
            (referred if is_reference else own).add(node["@id"])
            terms += check_term(node["@id"], "CLASS")
        for iri in node.get("@type", []):
            if not is_iri(iri):
                raise Wrong("a type is no IRI")
            terms += check_term(iri, "CLASS")
        for key, values in node.items():
            if key.startswith("@"):
                continue
            terms += check_term(key, "PROPERTY")
            _, points_to = VOCABULARY.get(key, (None, "-"))
            if is_term(key) and points_to not in ("-", "string"):
                if any("@value" in value for value in values):
                    raise Wrong(f"{key} has a literal")
    if not isinstance(root, str):
        raise Wrong("has no id")
    missing = {iri for iri in referred if iri.startswith((root + "#", "_:"))} - own
    if missing:
        raise Wrong(f"{len(missing)} nodes are referred to and are not there")
    if terms == 0:
        raise Wrong("says nothing in DPV")
    return after, terms


def without_coercion(document):
    for meaning in document["@context"].values():
        if isinstance(meaning, dict) and meaning.get("@type") == "@id":
            del meaning["@type"]


def phantom_value(document):
    document["consent_records"][0]["@type"] = ["dpv:ConsentTerminated"]


def phantom_property(document):
    document["@context"]["party_name"]["@id"] = "dpv:hasLegalName"


def class_as_property(document):
    document["@context"]["party_name"]["@id"] = "dpv:Marketing"


def property_as_class(document):
    document["consent_records"][0]["@type"] = ["dpv:hasPurpose"]


def dropped_key(document):
    del document["@context"]["purposes"]


def unknown_key(document):
    document["consent_records"][0]["pii_processing"]["surprise"] = "of no meaning"


def dangling_party(document):
    document["party_identification"].pop(0)


def bare_type(document):
    document["consent_records"][0]["@type"] = ["ConsentRecord"]


def bare_reference(document):
    document["publisher"] = "operator"


def remote_context(document):
    document["@context"] = "https://w3id.org/dpv"


def no_nest(document):
    del document["@context"]["pii_processing"]


SPOILERS = [
    without_coercion,
    phantom_value,
    phantom_property,
    class_as_property,
    property_as_class,
    dropped_key,
    unknown_key,
    dangling_party,
    bare_type,
    bare_reference,
    remote_context,
    no_nest,
]


def spoiled(document):
    """Every spoiled copy must be refused."""
    for spoil in SPOILERS:
        copied = copy.deepcopy(document)
        spoil(copied)
        try:
            check(copied)
        except (Wrong, jsonld.JsonLdError):
            continue
        raise Wrong(f"passes although spoiled: {spoil.__name__}")
    return len(SPOILERS)


def main():
    files = sorted(Path(sys.argv[1]).rglob("*.jsonld"))
    if not files:
        sys.exit("no document")
    failed = values = terms = mutants = 0
    for file in files:
        try:
            document = json.loads(file.read_text())
            found = check(document)
            mutants += spoiled(document)
            values, terms = values + found[0], terms + found[1]
        except (Wrong, jsonld.JsonLdError) as wrong:
            failed += 1
            print(f"{file.name}: {wrong}")
    print(f"{len(files)} documents, {values} values, {terms} terms of DPV, {mutants} spoiled copies refused")
    sys.exit(1 if failed else 0)


main()
