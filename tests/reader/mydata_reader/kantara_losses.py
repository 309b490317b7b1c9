"""What a Kantara receipt has no place of its own for (guide 11.3)."""

import re

from .kantara import below

# Places in the model, `*` for one step; a fact is whatever has no members and no elements.
_PARTIES = "(controller/party|source/party|operator)"
OWN = [
    "receipt_id", "language", "jurisdiction/*", "controller/surrogate_id", "controller/policy_url",
    "grounds/consent/ceremony/(decided_at|channel|method)", "remedy/(kind|url)",
    f"{_PARTIES}/(email|phone|url|address/*|contact/email)", "processes/*/(category|is_primary|data/*/category)",
    "processes/*/recipients/*/country",
]
# Texts, of which the form has one language.
TEXTS = [
    f"{_PARTIES}/(name|contact/role)", "(controller|source)/service/title", "processes/*/(title|description)",
    "processes/*/recipients/*/name", "remedy/otherwise",
]
EXTENSION = [
    "version", "issued", "operator_id", f"{_PARTIES}/business_id", "source/(surrogate_id|policy_url)",
    "(controller|source)/service/(service_id|version|issued)", "grounds/consent/(nbf|exp|replaces|notice/*)",
    "grounds/consent/ceremony/(is_explicit|acting/capacity|assurance|custody)", "grounds/consent/records/**",
    "processes/*/(purpose_id|data/*/(dataset_id|necessity|sensitivity)|left_out/*/dataset_id)",
]


def _compiled(patterns):
    return re.compile("|".join(
        f"(?:/{pattern.replace('**', '.+').replace('/*', '/[^/]+')})" for pattern in patterns))


_OWN, _TEXTS, _EXTENSION = map(_compiled, (OWN, TEXTS, EXTENSION))


def _facts(value, shown, pointer=""):
    """Every fact without a place of its own, as pointer and where it is kept."""
    if isinstance(value, dict) and _TEXTS.fullmatch(pointer):
        for language in value.keys() - {shown(value)}:
            yield below(pointer, language), "nowhere"
    elif isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _facts(inner, shown, below(pointer, name))
    elif value is not None and not _OWN.fullmatch(pointer):
        yield pointer, "extension" if _EXTENSION.fullmatch(pointer) else "nowhere"


def losses(receipt, shown):
    """In the order of their pointers; `shown` tells the language of a text."""
    found = sorted(_facts(receipt, shown), key=lambda fact: fact[0].encode())
    return [{"pointer": pointer, "kept": kept} for pointer, kept in found]
