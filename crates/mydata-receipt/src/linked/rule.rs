//! What can be wrong with a document, and what is repaired.

mydata_core::refusals! {
    /// A rule of the linked form that a document breaks.
    pub enum LinkedRule {
        NotJson = "linked_not_json": "the octets are not one JSON document",
        TooLarge = "linked_too_large": "the document has more octets or values than a receipt can have",
        TooDeep = "linked_too_deep": "the document is nested deeper than a receipt can be",
        DuplicateMember = "linked_duplicate_member": "an object has a member name twice, and readers disagree about which counts",
        TwoSpellings = "linked_two_spellings": "a member stands twice, in two spellings",
        WrongType = "linked_wrong_type": "a value has another type than its member",
        Missing = "linked_missing": "a member is missing that the standard demands",
        BareRecord = "linked_bare_record": "a record stands alone, and says nothing of a receipt",
        NoRecord = "linked_no_record": "a receipt has no record in it",
        EmptyText = "linked_empty_text": "a text is blank",
        EmptyList = "linked_empty_list": "an array is empty where there is at least one",
        Time = "linked_time": "a time is no date-time of UTC with whole seconds",
        Milliseconds = "linked_milliseconds": "a time counts milliseconds or fractions of a second",
        NotIri = "linked_not_iri": "a value is no IRI, and would name nothing",
        UnknownSchema = "linked_unknown_schema": "the profile is none of those of this standard",
        UnknownTerm = "linked_unknown_term": "the vocabulary has no such term",
        PhantomTerm = "linked_phantom_term": "a term is used that the guide names and the vocabulary has never had",
        TermKind = "linked_term_kind": "a term is of another kind than its member",
        NoLanguage = "linked_no_language": "a text does not say in which language it is",
        DanglingParty = "linked_dangling_party": "a party is named that is nowhere identified",
        PartyTwice = "linked_party_twice": "two parties have one name",
        PurposesDiffer = "linked_purposes_differ": "purposes disagree about what holds for all of them",
        NoControl = "linked_no_control": "the person is not told what can be done about the processing",
        EventAfterEnd = "linked_event_after_end": "something happens to a consent after its end",
        EventOrder = "linked_event_order": "an event is earlier than the one before it",
        UnknownMember = "linked_unknown_member": "an object has members that the form does not know",
        OtherSpelling = "linked_other_spelling": "a member is spelled as others spell it",
        OtherContext = "linked_other_context": "the context is not ours, and may give the members another meaning",
        NeedsRepair = "linked_needs_repair": "a value was understood only after a repair",
        NoFact = "linked_no_fact": "a fact is missing that a receipt of ours has",
        BadFact = "linked_bad_fact": "a fact is not of the form that a receipt of ours has",
        RecordsDiffer = "linked_records_differ": "the records of one receipt disagree about what is processed",
    }
}

mydata_core::refusals! {
    /// What the tolerant reader set right. Nothing is invented: the same is said in another way.
    pub enum LinkedRepair {
        Context = "linked_repair_context": "a document without a context was given ours",
        CamelCase = "linked_repair_camel_case": "a key in camel case was read as ISO's",
        Property = "linked_repair_property": "a property of a vocabulary was read as ISO's key",
        Grouped = "linked_repair_grouped": "a member outside its group was put into it",
        Moved = "linked_repair_moved": "a member that holds for every purpose was put where it belongs",
        Single = "linked_repair_single": "one value and an array of one value were taken for each other",
        FullIri = "linked_repair_full_iri": "a term written in full was shortened",
        TextForObject = "linked_repair_text_for_object": "a text was read as the object that it stands for",
        TextLanguage = "linked_repair_text_language": "a text was taken to be in the language of the record",
        Boolean = "linked_repair_boolean": "a truth value was read as the term that it stands for",
        Fraction = "linked_repair_fraction": "a fraction of no length was left out of a time",
        Identifier = "linked_repair_identifier": "an identifier was taken from its other property",
        PartyReference = "linked_repair_party_reference": "a party named by its identifier was given a name to refer to",
    }
}

/// A repair, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "where, and what")]
pub struct Repaired {
    /// Where: a JSON pointer into the document as it was read, in ISO's spelling.
    pub pointer: String,
    /// What.
    pub repair: LinkedRepair,
}

/// The 17 terms that the guide uses and DPV 2.3 does not have.
pub(super) const PHANTOMS: [&str; 17] = [
    "dpv:Analytics",
    "dpv:AutomationOfProcessing",
    "dpv:ConsentTerminated",
    "dpv:ConsentType",
    "dpv:DataProcessorDataSource",
    "dpv:FederatedLocation",
    "dpv:FullyAutomatedProcessing",
    "dpv:JointDataController",
    "dpv:ProcessingFrequency",
    "dpv:ScaleOfProcessing",
    "dpv:WithdrawingFromActivity",
    "dpv:hasAutomation",
    "dpv:hasDataProcessingCondition",
    "dpv:hasDataStorageCondition",
    "dpv:hasLegalName",
    "dpv:hasProcessingAutomation",
    "dpv:isImplementedBy",
];
