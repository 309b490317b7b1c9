"""Kantara receipts as others write them: what is put right, and what is refused (guide 11.3)."""

import re
from datetime import datetime, timezone

from . import kantara, kantara_category, kantara_form, names, receipt_form
from .kantara_form import RECEIPT

_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:[Zz]|[+-]00:00)")


class Repairs:
    """What has been put right: pairs of pointer and repair."""

    def __init__(self):
        self.pairs = set()

    def add(self, pointer, name):
        """One of them."""
        self.pairs.add((pointer, f"kantara_repair_{name}"))

    def sorted(self):
        """In the order of pointers and repairs."""
        return [{"pointer": pointer, "repair": name} for pointer, name in
                sorted(self.pairs, key=lambda pair: [part.encode() for part in pair])]


def _forms_inside(value, form, pointer=""):
    """Every object of the form, with its form and its place; those inside it after it."""
    if not isinstance(value, dict):
        return
    yield value, form, pointer
    for name, member in form.members.items():
        if member.of is None or name not in value:
            continue
        inner, place = value[name], kantara.below(pointer, name)
        if member.kind != "list" or isinstance(inner, dict):
            yield from _forms_inside(inner, member.of, place if member.kind != "list" else kantara.below(place, 0))
        elif isinstance(inner, list):
            for at, item in enumerate(inner):
                yield from _forms_inside(item, member.of, kantara.below(place, at))


def _named(repairs, value, form, pointer):
    """Right names for wrong ones; what has none is left out."""
    for name in list(value):
        meant = form.misspelt(name)
        if name in form.members:
            continue
        inner = value.pop(name)
        if meant and meant not in value:
            value[meant] = inner
            repairs.add(kantara.below(pointer, meant), "renamed")
        else:
            repairs.add(pointer, "unknown_left_out")


def _text_time(text):
    """The number that a text says, or None."""
    if re.fullmatch("[0-9]+", text):
        return int(text)
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    try:
        moment = datetime.fromisoformat(f"{found.group(1)}T{found.group(2)}").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    seconds = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return seconds.days * 86400 + seconds.seconds


def _time(repairs, value, pointer):
    if isinstance(value, str):
        found = _text_time(value)
        if found is not None:
            repairs.add(pointer, "time_text")
            value = found
    if isinstance(value, float) and value.is_integer():
        repairs.add(pointer, "time_float")
        value = int(value)
    if kantara.is_type(value, "time") and names.LAST_SECOND < value < 1000 * (names.LAST_SECOND + 1):
        repairs.add(pointer, "milliseconds")
        value //= 1000
    return value


def _version(text):
    return re.sub("[oO]", "0", text.strip()).lower() == kantara_form.VERSION.lower() and kantara_form.VERSION


def _phone(text):
    digits = re.sub(r"[- .()]", "", text)
    return bool(re.fullmatch(r"\+[1-9][0-9]{4,14}", digits)) and text.startswith("+") and f"tel:{digits}"


# Those that languages of ISO 639-1 are written in.
_SCRIPTS = frozenset("""
Arab Armn Beng Cans Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hans Hant Hebr Jpan Khmr Knda Kore Laoo Latn Mlym Mong Mymr
Orya Sinh Taml Telu Thaa Thai Tibt
""".split())


def _language(text):
    found = re.fullmatch(r"([A-Za-z]{2})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?", text)
    language, script, region = found.groups("") if found else ("", "", "")
    is_region = not region or region.isdigit() or receipt_form.is_country(region.upper())
    is_tag = is_region and (not script or script.title() in _SCRIPTS)
    return is_tag and language.lower() in kantara_form.LANGUAGES and language.lower()


def _consent_type(text):
    return text.upper() == "EXPLICIT" and "EXPLICIT"


# By the form and the member: what a text becomes (or something false), and the repair.
_TEXTS = [
    (RECEIPT, "version", _version, "version"),
    (RECEIPT, "language", _language, "language"),
    (kantara_form.CONTROLLER, "phone", _phone, "phone"),
    (kantara_form.PURPOSE, "consentType", _consent_type, "consent_type_case"),
]


def _listed(repairs, value, form, pointer):
    for name, member in form.members.items():
        alone = dict if member.of else str
        if member.kind == "list" and name in value and isinstance(value[name], alone):
            value[name] = [value[name]]
            repairs.add(kantara.below(pointer, name), "listed")


def _values(repairs, value, form, pointer):
    """Forms of values."""
    _listed(repairs, value, form, pointer)
    for of, name, become, repair in _TEXTS:
        if of is form and isinstance(value.get(name), str):
            right = become(value[name])
            if right and right != value[name]:
                value[name] = right
                repairs.add(kantara.below(pointer, name), repair)
    if form is RECEIPT and "consentTimestamp" in value:
        value["consentTimestamp"] = _time(repairs, value["consentTimestamp"], "/consentTimestamp")


def _is_needed(name, value):
    return name == "thirdPartyName" and value.get("thirdPartyDisclosure") is True


def _follows(repairs, value, form, pointer):
    """What follows from the rest: what may be left out, and what can only be one thing."""
    for name, member in form.members.items():
        inner = value.get(name)
        is_empty = inner is None or isinstance(inner, str) and kantara_form.is_blank(inner)
        if member.optional and name in value and is_empty and not _is_needed(name, value):
            del value[name]
            repairs.add(kantara.below(pointer, name), "empty_left_out")
    if form is RECEIPT and "spiCat" not in value and value.get("sensitive") is False:
        value["spiCat"] = []
        repairs.add("/spiCat", "spi_cat_added")


def _category_lists(value):
    """Every list of categories with its labels and its place."""
    for inner, form, pointer in list(_forms_inside(value, RECEIPT)):
        for name, member in form.members.items():
            if member.labels and isinstance(inner.get(name), list):
                yield inner[name], member.labels, kantara.below(pointer, name)


_CATEGORY = {"form": "category_form", "drift": "category_label", "next": "category_from_zero"}


def _categories(repairs, value):
    """Categories, when it is known how they were counted."""
    found = [(items, at, labels, place, kantara_category.judge(item, labels))
             for items, labels, place in _category_lists(value)
             for at, item in enumerate(items) if isinstance(item, str)]
    is_from_one = any(judged[2] for *_, judged in found)
    for items, at, labels, place, (kind, number, _) in found:
        if kind in _CATEGORY and number and not (kind == "next" and is_from_one):
            items[at] = kantara_category.written(number, labels)
            repairs.add(kantara.below(place, at), _CATEGORY[kind])


def repaired(value):
    """The receipt in the strict form as far as it gets, and what was put right."""
    repairs = Repairs()
    if kantara.is_wrapped(value):
        value = value[kantara.WRAPPER]
        repairs.add("", "unwrapped")
    if kantara.is_wrapped(value):
        return value, repairs
    for step in (_named, _values, _follows):
        for inner, form, pointer in _forms_inside(value, RECEIPT):
            step(repairs, inner, form, pointer)
    _categories(repairs, value)
    return value, repairs


def read(task):
    """A task of the vectors."""
    try:
        document = kantara.open_text(task["text"].encode())
    except kantara.Unreadable as only:
        return {"refused": [only.rule]}
    value, repairs = repaired(document.value)
    if kantara.is_wrapped(value):
        return {"refused": ["kantara_wrapped"]}
    errors = set(kantara.judge(value).errors()) | ({"kantara_duplicate_member"} if document.doubled else set())
    if errors:
        return {"refused": sorted(errors)}
    return {"accepted": {"document": value, "repairs": repairs.sorted()}}
