"""Kantara Consent Receipt 1.1: its members, its words and what can be wrong with them (guide 11.3)."""

import functools
import ipaddress
import re
from dataclasses import dataclass

from . import form, names, receipt_form

# ISO 639-1; codes that it has withdrawn are not in it.
LANGUAGES = frozenset("""
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
""".split())

PURPOSES = (
    "Core Function", "Contracted Service", "Delivery", "Contact Requested", "Personalized Experience", "Marketing",
    "Marketing Third Parties", "Sharing for Delivery", "Sharing for Marketing",
    "3rd Party Sharing for Core Function", "3rd Party Sharing for (others)", "Legally Required Data Retention",
    "Required by Law Enforcement or Government", "Protecting Your Health", "Protecting Our Interests",
    "Improve Performance")
DATA = (
    "Biographical", "Contact", "Biometric", "Social Contact", "Network/Service", "Health", "Financial", "Official ID",
    "Social Benefit Data", "Judicial Data", "Asset Data", "HR Data", "Mental Health", "Membership", "Behavioral",
    "Profiling")
# The labels that emitters write for a number.
OTHER_LABELS = {PURPOSES: {5: "Personalize Experience", 11: "3rd Party Sharing for"},
                DATA: {4: "Communications/Social"}}

VERSION = "KI-CR-v1.1.0"

# Each rule: its level, and whether the published schema catches the fault; of some it is not asked.
RULES = {rule: (level, caught) for rule, level, caught in (line.split() for line in """
kantara_not_json error yes
kantara_too_large error unasked
kantara_too_deep error unasked
kantara_too_many error unasked
kantara_not_an_object error yes
kantara_wrapped error yes
kantara_duplicate_member error no
kantara_missing error yes
kantara_wrong_type error yes
kantara_empty_text error no
kantara_empty_optional warning no
kantara_empty_list error no
kantara_misspelt warning no
kantara_unknown_member note no
kantara_version error no
kantara_jurisdiction warning no
kantara_time_milliseconds error no
kantara_time_beyond error no
kantara_id_not_uuid warning no
kantara_language error no
kantara_address error no
kantara_address_member error no
kantara_email warning no
kantara_phone error no
kantara_url error no
kantara_consent_type_case warning no
kantara_consent_undescribed error no
kantara_category_form warning no
kantara_category_drift warning no
kantara_category_from_zero error no
kantara_category_contradicted error no
kantara_category_unknown warning no
kantara_third_party_unnamed error yes
kantara_third_party_denied error no
kantara_third_party_type error no
kantara_sensitive_unlisted error no
kantara_sensitive_denied error no
kantara_extension error no
""".strip().splitlines())}


def is_blank(text):
    """White space is empty."""
    return not text.strip()


def _unless(holds, rule):
    return lambda text: None if holds(text) else rule


def is_jurisdiction(text):
    """Countries, a space between two."""
    return all(receipt_form.is_country(country) for country in text.split(" "))


def is_uuid(text):
    """A UUID of version 4."""
    return receipt_form.is_receipt_id(text.lower())


_PARAMETER = r";[A-Za-z0-9-]+(?:=(?:[A-Za-z0-9\[\]/:&+$_.!~*'()-]|%[0-9A-Fa-f]{2})+)?"
_GLOBAL = re.compile(rf"tel:\+[-.()]*[0-9][0-9.()-]*(?:{_PARAMETER})*", re.I)
_LOCAL = re.compile(rf"tel:[-.()]*[0-9A-F*#][0-9A-F*#.()-]*((?:{_PARAMETER})+)", re.I)


def is_phone(text):
    """A URI of RFC 3966: global, or local with the context in which it is so."""
    local = _LOCAL.fullmatch(text)
    return bool(_GLOBAL.fullmatch(text) or local and ";phone-context=" in local.group(1).lower())


def is_url(text):
    """An http or https URL: a host, then ASCII without white space and nine characters."""
    found = re.fullmatch(r"https?://([^/?#]+)([!#-;=?-\[\]_a-z~]*)", text)
    return bool(found) and _is_authority(found.group(1)) and not re.search(r"%(?![0-9A-Fa-f]{2})", text)


def _is_authority(text):
    """A host and perhaps a port; a host that ends with a number is an address."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9][A-Za-z0-9.-]*))(?::([0-9]*))?", text)
    if not found or found.group(3) and int(found.group(3)) > 65535:
        return False
    literal, name, _ = found.groups()
    labels = (name or "").removesuffix(".").split(".")
    if literal is None and not labels[-1].isdigit():
        return all(labels)
    try:
        return bool(ipaddress.ip_address(literal or name.removesuffix(".")))
    except ValueError:
        return False


# Scripts that put no space between words: Thai to Burmese, Khmer, kana, ideographs.
_UNSPACED = re.compile("[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
                       "\U00020000-\U0002fa1f\U00030000-\U000323af]")


def consent_type(text):
    """What is wrong with a consent type."""
    if text == "EXPLICIT":
        return None
    if text.upper() == "EXPLICIT":
        return "kantara_consent_type_case"
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    is_described = len(words) >= 3 or len([c for c in text if c.isalnum() and _UNSPACED.fullmatch(c)]) >= 10
    return None if is_described else "kantara_consent_undescribed"


@dataclass(frozen=True)
class Member:
    """A member: what its value is, and what is asked of a text.

    `kind` is text, time, flag, list, object, address or extension; a list is `of` a form, or of the
    categories of a list of labels. Whatever is `apart` is judged with another member.
    """

    kind: str
    rule: object = None
    of: object = None
    labels: tuple = None
    optional: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Form:
    """An object: its members, and the names that others write for them."""

    members: dict
    others: dict

    @functools.cached_property
    def _folded(self):
        return {fold(name): name for name in self.members}

    def misspelt(self, name):
        """The member that was meant by a name which is none."""
        return None if name in self.members else self.others.get(name) or self._folded.get(fold(name))


def fold(name):
    """A name without what people vary in it."""
    return re.sub("[-_ ]", "", name).lower()


_TEXT, _FLAG = Member("text"), Member("flag")
_MAY = Member("text", optional=True)
_ADDRESS_MEMBERS = ("@type", "streetAddress", "addressLocality", "addressRegion", "postalCode",
                    "postOfficeBoxNumber", "addressCountry")

ADDRESS = Form({name: _MAY for name in _ADDRESS_MEMBERS},
               {"street": "streetAddress", "addressionRegion": "addressRegion"})
CONTROLLER = Form({
    "piiController": _TEXT, "onBehalf": Member("flag", optional=True), "contact": _TEXT,
    "address": Member("address", of=ADDRESS), "email": Member("text", _unless(receipt_form.is_email, "kantara_email")),
    "phone": Member("text", _unless(is_phone, "kantara_phone")),
    "piiControllerUrl": Member("text", _unless(is_url, "kantara_url"), optional=True),
}, {"telephone": "phone"})
PURPOSE = Form({
    "purpose": _MAY, "purposeCategory": Member("list", labels=PURPOSES), "consentType": Member("text", consent_type),
    "piiCategory": Member("list", labels=DATA), "primaryPurpose": Member("flag", optional=True),
    "termination": _TEXT, "thirdPartyDisclosure": _FLAG, "thirdPartyName": Member("text", optional=True, apart=True),
}, {"purposeCategories": "purposeCategory", "piiCategories": "piiCategory"})
SERVICE = Form({"service": _TEXT, "purposes": Member("list", of=PURPOSE)}, {"serviceName": "service"})
RECEIPT = Form({
    "version": Member("text", _unless(lambda text: text == VERSION, "kantara_version")),
    "jurisdiction": Member("text", _unless(is_jurisdiction, "kantara_jurisdiction")),
    "consentTimestamp": Member("time"), "collectionMethod": _TEXT,
    "consentReceiptID": Member("text", _unless(is_uuid, "kantara_id_not_uuid")), "publicKey": _MAY,
    "language": Member("text", _unless(LANGUAGES.__contains__, "kantara_language"), optional=True),
    "piiPrincipalId": _TEXT, "piiControllers": Member("list", of=CONTROLLER),
    "policyUrl": Member("text", _unless(is_url, "kantara_url")), "services": Member("list", of=SERVICE),
    "sensitive": _FLAG, "spiCat": Member("list", labels=DATA), "x_mydata": Member("extension", optional=True),
}, {"jurisdictions": "jurisdiction", "timestamp": "consentTimestamp", "moc": "collectionMethod",
    "receiptID": "consentReceiptID", "policyUri": "policyUrl", "spiCategory": "spiCat", "spiCats": "spiCat"})

_ID, _TIME = form.identifier, form.time
_ROLE = form.one_of("Source", "Sink")
# The schema has the form of a digest and not its one spelling.
_SHA256 = form.checked(lambda text: bool(re.fullmatch(r"[A-Za-z0-9_-]{43}", text)) and names.digest(text) is not None)
_EVENT = form.Object(
    must={"at": _TIME, "state": form.one_of(*receipt_form.STATES), "by": form.one_of(*receipt_form.ACTORS)},
    may={"reason": form.one_of(*receipt_form.REASONS),
         "record": form.Object(must={"record_id": _ID, "sha256": _SHA256})})
EXTENSION = form.Object(must={
    "version": form.one_of("1.0"), "issued": _TIME, "texts": form.language, "state": form.one_of(*receipt_form.STATES),
    "notice": form.Object(must={"url": form.address, "sha256": _SHA256, "shown_at": _TIME}),
    "decided": form.Object(must={
        "is_explicit": form.boolean, "capacity": form.one_of("oneself", "parent", "guardian", "mandate", "official"),
        "assurance": form.one_of("low", "substantial", "high"), "custody": form.one_of("own_device", "operator")}),
    "operator": form.Object(must={"operator_id": _ID, "business_id": form.text}),
    "services": form.array(form.Object(must={
        "role": _ROLE, "business_id": form.text, "service_id": _ID, "description_version": _ID,
        "description_issued": form.issued, "surrogate_id": _ID, "policy_url": form.checked(names.is_page)})),
    "records": form.array(form.Object(must={
        "role": _ROLE, "cr_id": _ID, "slr_id": _ID, "iat": _TIME, "kid": form.kid, "sha256": _SHA256,
        "events": receipt_form.some(_EVENT)})),
    "purposes": form.array(form.Object(must={
        "purpose_id": _ID, "datasets": form.array(form.Object(must={
            "dataset_id": _ID, "necessity": form.one_of("required", "optional"),
            "sensitivity": form.one_of("ordinary", "confidential", "special"), "category": form.integer(1, 16)}))},
        strict_may={"left_out": form.array(_ID)})),
}, may={"nbf": _TIME, "exp": _TIME, "replaces": _ID})
