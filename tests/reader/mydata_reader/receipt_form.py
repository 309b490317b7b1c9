"""The form of a signed receipt: the model and its evidence (guide 11.1, 11.2)."""

import functools
import re
from pathlib import Path

from . import form, names, strict
from .jose import SEALED, Kind

# The list of terms is data of the project: a line is `CLASS Purpose dpv:Advertising`.
TERMS = Path(__file__).resolve().parents[3] / "crates" / "mydata-receipt" / "src" / "dpv" / "terms.txt"
LIMITS = strict.Limits(2 * 1024 * 1024, 32, 1024, 64 * 1024)
BASES = ("consent", "contract", "legalObligation", "vitalInterest", "publicInterest", "legitimateInterest")
ACTORS = ("data_subject", "representative", "operator", "service", "system")
STATES = ("given", "paused", "resumed", "withdrawn", "revoked", "expired")
REASONS = ("owner_wish", "mandate_ended", "service_suspended", "description_changed", "suspected_misuse",
           "legal_order", "expired", "link_removed", "service_left")


@functools.cache
def terms():
    """Every class of the list, as its kind and its term."""
    lines = (line.split() for line in TERMS.read_text(encoding="utf-8").splitlines())
    return frozenset((words[1], words[2]) for words in lines if len(words) == 3 and words[0] == "CLASS")


def is_term(kind, text):
    """Whether the list has the term, and as one of this kind."""
    return (kind, text) in terms()


def is_country(text):
    """A country of ISO 3166-1, two capitals."""
    return is_term("Country", f"loc:{text}")


def is_phone(text):
    """`+` and 5 to 15 digits; no country has a code that begins with 0."""
    return bool(re.fullmatch(r"\+[1-9][0-9]{4,14}", text))


def is_email(text):
    """Letters, digits and a few marks on both sides of one `@`."""
    return len(text) <= 254 and bool(re.fullmatch(r"[A-Za-z0-9._+'-]+@[A-Za-z0-9.-]+", text))


def is_filled(text):
    """More than white space."""
    return bool(text.strip())


def is_media_type(text):
    """One line of ASCII with a `/`."""
    return len(text) <= 128 and "/" in text and bool(re.fullmatch(r"[ -~]*", text))


def is_receipt_id(text):
    """A UUID of version 4 in lower case."""
    return bool(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text))


def is_octets(text):
    """base64url, of nothing too."""
    return names.decode(text) is not None


def some(of):
    """An array of one or more values of one form."""
    array = form.array(of)

    def rule(node):
        found = array(node)
        if found is not None and form.is_whole(node) and not found:
            raise strict.Fault("json_shape", form.closing(node))
        return found
    return rule


_texts = form.mapping(names.is_language, form.checked(lambda text: bool(text.strip())))


def localized(node):
    """Texts by language: one or more, none of them blank."""
    found = _texts(node)
    if found is not None and form.is_whole(node) and not found:
        raise strict.Fault("json_shape", form.closing(node))
    return found


def _term(kind):
    return form.checked(lambda text: is_term(kind, text))


def _object(may=None, strict_may=None, **must):
    return form.Object(must=must, may=may, strict_may=strict_may)


_ID, _TIME, _TEXT, _DIGEST = form.identifier, form.time, form.text, form.digest
_COUNTRY, _EMAIL, _PAGE = form.checked(is_country), form.checked(is_email), form.checked(names.is_page)
_CATEGORY, _FILLED = form.integer(1, 16), form.checked(is_filled)

_PARTY = _object(
    business_id=_FILLED, name=localized,
    address=_object(street=_FILLED, postal_code=_FILLED, city=_FILLED, country=_COUNTRY),
    email=_EMAIL, phone=form.checked(is_phone), url=_PAGE, contact=_object(role=localized, email=_EMAIL))
_CONTROLLER = _object(
    party=_PARTY, surrogate_id=_ID, policy_url=_PAGE,
    service=_object(service_id=_ID, title=localized, version=_ID, issued=form.issued))

_CEREMONY = _object(
    decided_at=_TIME, channel=form.one_of("web", "app", "desk", "phone", "paper"),
    method=form.one_of("tick_and_confirm", "confirm", "signature", "spoken"), is_explicit=form.boolean,
    acting=_object(
        capacity=form.one_of("oneself", "parent", "guardian", "mandate", "official"),
        may={"authority": _FILLED, "minor": _object(age=form.integer(0, 255))}),
    assurance=form.one_of("low", "substantial", "high"), custody=form.one_of("own_device", "operator"))
_EVENT = _object(
    at=_TIME, state=form.one_of(*STATES), by=form.one_of(*ACTORS),
    may={"reason": form.one_of(*REASONS), "record": _object(record_id=_ID, sha256=_DIGEST)})
_RECORD = _object(
    role=form.one_of("Source", "Sink"), cr_id=_ID, slr_id=_ID, iat=_TIME, kid=form.kid, sha256=_DIGEST,
    events=some(_EVENT))
_GIVEN = _object(
    notice=_object(url=form.address, sha256=_DIGEST, shown_at=_TIME), ceremony=_CEREMONY,
    records=some(_RECORD), may={"nbf": _TIME, "exp": _TIME, "replaces": _ID})
_TOLD = _object(basis=form.one_of(*BASES), at=_TIME)

_ITEM = _object(
    dataset_id=_ID, title=localized, description=localized, necessity=form.one_of("required", "optional"),
    sensitivity=form.one_of("ordinary", "confidential", "special"), personal_data=_term("PersonalData"),
    category=_CATEGORY)
_PROCESS = _object(
    purpose_id=_ID, title=localized, description=localized, purpose=_term("Purpose"), category=_CATEGORY,
    is_primary=form.boolean, legal_basis=some(_term("LegalBasis")), data=some(_ITEM),
    operations=some(_term("Processing")),
    recipients=form.array(_object(name=localized, country=_COUNTRY)), storage=some(_COUNTRY),
    retention=_object(rule=localized, may={"days": form.integer(0, 2**32 - 1)}),
    strict_may={"left_out": form.array(_ITEM)})

RECEIPT = _object(
    version=form.checked(lambda text: text == "1.0"), receipt_id=form.checked(is_receipt_id), issued=_TIME,
    operator_id=_ID, operator=_PARTY, controller=_CONTROLLER, jurisdiction=some(_COUNTRY),
    authority=_PARTY, language=form.language,
    grounds=form.variant({"consent": _GIVEN, "law": _TOLD}), processes=some(_PROCESS),
    remedy=_object(kind=form.one_of("withdraw", "object", "end_contract", "nothing"), url=_PAGE,
                   otherwise=localized),
    rights=form.array(_object(right=_term("Right"), url=_PAGE)), may={"source": _CONTROLLER})

_PROPOSAL = {"proposal": _object(media_type=form.checked(is_media_type), octets=form.checked(is_octets))}
_HISTORY = _object(link=SEALED, consent=SEALED, status=form.array(SEALED))
EVIDENCE = form.variant({
    "single": _object(record=_HISTORY, may=_PROPOSAL),
    "pair": _object(source=_HISTORY, sink=_HISTORY, may=_PROPOSAL),
    "none": _object(),
})
KIND = Kind("receipt", "mydata-receipt+json", ("operator",), _object(receipt=RECEIPT, evidence=EVIDENCE),
            LIMITS)
