"""The linked form of receipts: all that is wrong with a document (guide 11.4)."""

from . import kantara, linked_form, linked_read, names, receipt_form, strict
from .kantara import below
from .linked_form import form

UNREADABLE = {"json_too_large": "too_large", "json_too_deep": "too_deep", "json_too_many": "too_large"}
LEVELS = {"unknown_schema": "warning", "event_order": "warning", "other_context": "warning",
          "needs_repair": "warning", "bare_record": "warning", "unknown_member": "note", "other_spelling": "note"}
PROFILES = {f"https://w3id.org/dpv/schema/dpv-27560{rest}" for rest in (
    "", "-GDPR", "#receipt", "#record", "#receipt-record", "#receipt-eu-gdpr", "#record-eu-gdpr")}
ENDS = {"dpv:ConsentWithdrawn", "dpv:ConsentRevoked", "dpv:ConsentExpired", "dpv:ConsentInvalidated"}
CONTROLS = ("withdrawal_method", "contract_control", "involvement", "privacy_rights")
SPELLED = {"linked_repair_camel_case", "linked_repair_property"}


def open_text(octets):
    """The document, or the only finding."""
    limits = receipt_form.LIMITS
    if len(octets) > limits.octets:
        raise kantara.Unreadable("linked_too_large")
    parser, root = kantara.Parser(octets, limits), strict.Node("nothing", 0)
    try:
        parser.document(root)
    except strict.Fault as fault:
        raise kantara.Unreadable(f"linked_{UNREADABLE.get(fault.code, 'not_json')}") from None
    if root.kind != "object":
        raise kantara.Unreadable("linked_wrong_type")
    return kantara.Document(root.plain(), root, parser.doubled)


class Judge:
    """All that is wrong with a document, after what could be put right."""

    def __init__(self, document):
        self.reading = linked_read.Reading(document.value)
        self.found = set()
        self.doubles(document)
        self.reading.run()
        self.found |= self.reading.findings
        for pointer, repair in self.reading.repairs:
            if repair not in SPELLED:
                self.add(pointer, "needs_repair")
        root = self.reading.value
        if root["@context"] != linked_form.context():
            self.add("", "other_context")
        if self.reading.is_bare:
            self.add("", "bare_record")
        self.object(root, "LinkedReceipt", "")
        for at, record in enumerate(self.reading.dicts(root.get("consent_records"))):
            self.record(record, f"/consent_records/{at}")
        self.parties(root)

    def add(self, pointer, rule):
        """A finding."""
        self.found.add((pointer, f"linked_{rule}"))

    def errors(self):
        """The rules that are errors."""
        return sorted({rule for _, rule in self.found if level(rule) == "error"})

    def doubles(self, document):
        """Objects with a name twice; inside what the form does not know, at the object around it."""
        def walk(node, name, pointer):
            if any(node is other for other in document.doubled):
                self.add(pointer, "duplicate_member")
            for at, item in enumerate(node.items):
                walk(item, name, below(pointer, at) if name else pointer)
            for key, _, inner in node.members:
                said = form(name) if name else None
                meant = said and (key if key in said.members else said.spellings.get(key, (None,))[0])
                kind = meant and said.members[meant].kind
                walk(inner, kind if kind and kind[0].isupper() and kind != "Receiver" else None,
                     below(pointer, meant) if meant else pointer)
        walk(document.root, "LinkedReceipt", "")

    def object(self, value, name, pointer):
        """One object."""
        for other in value.keys() - form(name).members.keys():
            self.unknown(other, pointer)
        required_here = form(name).required
        if name == "LinkedReceipt" and not self.reading.is_bare:
            required_here = [*required_here, *linked_form.OF_RECEIPT]
        for required in required_here:
            if required not in value:
                self.add(below(pointer, required), "no_record" if required == "consent_records" else "missing")
        for inner, member in form(name).members.items():
            if inner not in value or member.kind == "any":
                continue
            place, found = below(pointer, inner), value[inner]
            if not member.is_list:
                self.one(found, name, inner, member, place)
            elif not isinstance(found, list):
                self.add(place, "wrong_type")
            else:
                if not found and inner not in linked_form.MAY_BE_EMPTY:
                    self.add(place, "empty_list")
                for at, item in enumerate(found):
                    self.one(item, name, inner, member, below(place, at))

    def unknown(self, name, pointer):
        """A member that the form does not have."""
        if name in linked_form.PHANTOMS:
            self.add(pointer, "phantom_term")
        elif linked_form.is_ours(name) and linked_form.kind_of(name) is None:
            self.add(pointer, "unknown_term")
        else:
            self.add(pointer, "unknown_member")

    def one(self, value, name, inner, member, pointer):
        """One value of a member."""
        if member.kind == "moment":
            self.moment(value, pointer)
        elif member.kind == "texts":
            self.texts(value, pointer)
        elif member.kind == "issued":
            if isinstance(value, bool) or not isinstance(value, (int, str)):
                self.add(pointer, "wrong_type")
        elif member.kind == "integer":
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                self.add(pointer, "wrong_type")
        elif member.kind[0].isupper() and not (member.kind == "Receiver" and isinstance(value, str)):
            if not isinstance(value, dict):
                self.add(pointer, "wrong_type")
            else:
                self.object(value, "ReceiverNode" if member.kind == "Receiver" else member.kind, pointer)
        elif not isinstance(value, str):
            self.add(pointer, "wrong_type")
        elif not value.strip():
            self.add(pointer, "empty_text")
        elif inner in linked_form.TERMS:
            self.term(value, inner, pointer)
        elif inner in linked_form.IRIS and not linked_form.is_iri(value):
            self.add(pointer, "not_iri")
        elif inner == "schema_version" and value not in PROFILES:
            self.add(pointer, "unknown_schema")

    def term(self, value, inner, pointer):
        """A term, of the kind that its member asks for."""
        if not isinstance(value, str):
            return
        wanted, kind = linked_form.KINDS.get(inner), linked_form.kind_of(value)
        if value in linked_form.PHANTOMS:
            self.add(pointer, "phantom_term")
        elif ":" not in value or linked_form.is_ours(value) and kind is None:
            self.add(pointer, "unknown_term")
        elif linked_form.is_ours(value) and (kind == "property" or wanted not in (None, kind)):
            self.add(pointer, "term_kind")

    def moment(self, value, pointer):
        """A date-time of UTC with whole seconds."""
        found = linked_read.MOMENT.fullmatch(value) if isinstance(value, str) else None
        if isinstance(value, int) and not isinstance(value, bool):
            self.add(pointer, "milliseconds" if value > names.LAST_SECOND else "time")
        elif not isinstance(value, str):
            self.add(pointer, "wrong_type")
        elif found is None:
            self.add(pointer, "time")
        elif found.group(2):
            self.add(pointer, "milliseconds")

    def texts(self, value, pointer):
        """Texts by language."""
        if isinstance(value, str):
            self.add(pointer, "no_language" if value.strip() else "empty_text")
        elif not isinstance(value, dict):
            self.add(pointer, "wrong_type")
        elif not value:
            self.add(pointer, "empty_list")
        else:
            for language, text in value.items():
                if not names.is_language(language):
                    self.add(pointer, "no_language")
                elif not isinstance(text, str):
                    self.add(below(pointer, language), "wrong_type")
                elif not text.strip():
                    self.add(below(pointer, language), "empty_text")

    def record(self, record, pointer):
        """What depends on the basis, and the order of events."""
        processing = record.get("pii_processing")
        if isinstance(processing, dict):
            self.controls(record, processing, pointer)
        previous, is_over = "", False
        for at, event in enumerate(self.reading.dicts(record.get("events"))):
            place = below(below(pointer, "events"), at)
            if is_over:
                self.add(place, "event_after_end")
            states = event.get("event_state")
            states = {state for state in states if isinstance(state, str)} if isinstance(states, list) else set()
            time = event.get("event_time")
            if isinstance(time, str) and linked_read.MOMENT.fullmatch(time):
                if time < previous and not ("dpv:ConsentExpired" in states and "status_record" not in event):
                    self.add(place, "event_order")
                previous = time
            is_over = is_over or not ENDS.isdisjoint(states)

    def controls(self, record, processing, pointer):
        """What the person can do."""
        place = below(pointer, "pii_processing")
        if is_consent(processing):
            if "events" not in record:
                self.add(below(pointer, "events"), "missing")
            if "withdrawal_method" not in processing:
                self.add(below(place, "withdrawal_method"), "missing")
        elif not any(processing.get(control) for control in CONTROLS):
            self.add(place, "no_control")

    def parties(self, root):
        """Names that stand twice, that refer to nobody, and what an organisation has."""
        seen = set()
        for at, party in enumerate(self.reading.dicts(root.get("party_identification"))):
            pointer = f"/party_identification/{at}"
            if isinstance(party.get("@id"), str):
                if party["@id"] in seen:
                    self.add(pointer, "party_twice")
                seen.add(party["@id"])
            types = party.get("party_type")
            if isinstance(types, list) and not any(map(_is_person, types)):
                for name in ("party_name", "party_address", "party_contact"):
                    if name not in party:
                        self.add(below(pointer, name), "missing")
        for holder, key, _, pointer in linked_form.references(root, "LinkedReceipt", ""):
            if holder[key] not in seen and holder[key].strip():
                self.add(pointer, "dangling_party")


def _is_person(term):
    return term == "dpv:DataSubject" or isinstance(term, str) and linked_form.kind_of(term) == "HumanSubject"


def is_consent(processing):
    """Whether the basis, or else the article, is consent; what says neither is taken for one."""
    bases = [term for term in processing.get("basis") or [] if isinstance(term, str)]
    if bases:
        return any(term == "dpv:Consent" or term.endswith("Consent") for term in bases)
    articles = [term for purpose in linked_read.Reading.dicts(processing.get("purposes"))
                for term in purpose.get("lawful_basis") or [] if isinstance(term, str)]
    articles = [term for term in articles if term.startswith("eu-gdpr:A6-1-")]
    return not articles or any(term.startswith("eu-gdpr:A6-1-a") for term in articles)


def level(rule):
    """The level of a rule."""
    return LEVELS.get(rule.removeprefix("linked_"), "error")


def validate(task):
    """A task of the vectors."""
    try:
        found = Judge(open_text(task["text"].encode() + b" " * task.get("pad", 0))).found
    except kantara.Unreadable as only:
        found = {("", only.rule)}
    return {
        "valid": all(level(rule) != "error" for _, rule in found),
        "findings": [{"pointer": pointer, "rule": rule, "level": level(rule)} for pointer, rule in sorted(
            found, key=lambda pair: [part.encode() for part in pair])],
    }


def read(task):
    """A task of the vectors."""
    try:
        judge = Judge(open_text(task["text"].encode()))
    except kantara.Unreadable as only:
        return {"refused": [only.rule]}
    if judge.errors():
        return {"refused": judge.errors()}
    document = judge.reading.value
    if document["@context"] == linked_form.context():
        document = {name: value for name, value in document.items() if name != "@context"}
    return {"accepted": {"document": document, "repairs": [
        {"pointer": pointer, "repair": name} for pointer, name in sorted(
            judge.reading.repairs, key=lambda pair: [part.encode() for part in pair])]}}
