"""Service descriptions and their faults (guide 5)."""

from . import form, names, strict
from .jose import Kind

_ID, _TEXT = form.identifier, form.text
_BASES = ("consent", "contract", "vitalInterest", "publicInterest", "legitimateInterest")
PROFILES = ("contract", "consenting", "3rd party re-use", "notification", "objection")
DEMANDED = ("fi", "sv", "en")
ACTIVATIONS = ("data_subject_activates", "any_activator_activates", "all_activators_activate",
               "automatically_activated")


def _texts(must, may=None, alias=None, strict_may=None):
    """Texts by language: one or more, no language twice."""
    entries = form.array(form.Object(must={"language": form.language, **must}, may=may, alias=alias,
                                     strict_may=strict_may))

    def read(node):
        found = entries(node)
        if found is not None and form.is_whole(node):
            languages = [entry["language"] for entry in found]
            if not languages or len(set(languages)) != len(languages):
                raise strict.Fault("json_shape", form.closing(node))
        return found
    return read


def _strings(*members):
    return dict.fromkeys(members, _TEXT)


_TITLED = {"title": _TEXT, "description": _TEXT}
_DISTRIBUTION = form.Object(
    must={"distributionId": _ID, "accessUrl": _TEXT, "format": _TEXT}, alias={"accessURL": "accessUrl"})
_DATASET = form.Object(
    must={"datasetId": _ID, "datasetSchema": form.Object(
        must={"@id": _TEXT}, may=_strings("@context", "@type")),
        "description": _texts(_TITLED, None, {"keywords": "keyword"},
                              {"keyword": form.array(_TEXT)})},
    may={"url": _TEXT, "x_mydata": form.Object(
        may={"changes": _TEXT},
        strict_may={"category": form.one_of("ordinary", "confidential", "special")})},
    strict_may={"distribution": form.array(_DISTRIBUTION)})
_PURPOSE_EXTENSION = form.Object(
    may={"purpose": _TEXT, "activation": form.one_of(*ACTIVATIONS),
         "maxDays": form.integer(0, 2**32 - 1), "sources": form.array(_ID), "note": _TEXT},
    strict_may={"gdpr": form.array(_TEXT)})
_PURPOSE = form.Object(
    must={"purposeId": _ID, "description": _texts(
        _TITLED, _strings("descriptionUrl", "iconUrl"), {"iconUlr": "iconUrl"})},
    may={"x_mydata": _PURPOSE_EXTENSION},
    strict_may={"requiredDatasets": form.array(_ID), "optionalDatasets": form.array(_ID)},
    alias={"optionaldDatasets": "optionalDatasets"})
_PURPOSES = form.array(_PURPOSE)
_PROVIDER = form.Object(
    must={"businessId": _TEXT, "name": _TEXT},
    may={**_strings("address1", "address2", "postalCode", "city", "state", "country", "email",
                    "telephone", "jurisdiction"),
         "x_mydata": form.Object(must={"names": form.mapping(names.is_language, _TEXT)},
                                 may={"municipality": _TEXT})},
    alias={"businessID": "businessId", "contactEmail": "email", "contactTel": "telephone"})
_PROFILES = form.array(form.one_of(*PROFILES, "cconsenting"))
_ABOUT = form.Object(
    must={
        "serviceProvider": _PROVIDER, "serviceDescriptionTitle": _TEXT,
        "description": _texts(
            {"humanReadableDescription": _TEXT}, {"x_mydata": form.Object(must={"title": _TEXT})},
            strict_may={"keywords": form.array(_TEXT)}),
        "serviceDescriptionVersion": _ID,
        "serviceUrls": form.Object(
            must={"domain": form.origin, "libraryDomain": form.origin, "linkingUri": _TEXT,
                  "linkingRedirectUri": _TEXT}, may=_strings("objectionUri", "notificationUri")),
    },
    may={"serviceIconURL": _TEXT, "cert": form.Object(must={"x5u": _TEXT})},
    strict_may={"supportedProfiles": _PROFILES, "compatibleServices": form.array(_ID)})
_NOTIFICATION = form.Object(must={"id": _TEXT, "description": _texts(
    {"name": _TEXT}, _strings("shortDescription", "longDescription", "url"))})
SERVICE = form.Object(
    must={"serviceId": _ID, "serviceDescription": _ABOUT, "issued": _TEXT, "createdByUserId": _TEXT},
    strict_may={
        "dataDescription": form.array(_DATASET),
        "processingBases": form.Object(strict_may=dict.fromkeys(_BASES, _PURPOSES), closed=True),
        "notifications": form.array(_NOTIFICATION),
    },
    may={"x_mydata": form.Object(strict_may={"legalObligation": _PURPOSES})},
    alias={"processing_bases": "processingBases", "createdOnDate": "issued"})
OPERATOR = form.Object(
    must={
        "operatorId": _ID, "serviceProvider": _PROVIDER, "operatorservicedescriptionVersion": _ID,
        "supportedProfiles": _PROFILES, "createdOnDate": _TEXT, "createdByUserId": _TEXT,
        "operatorUrls": form.Object(must={"domain": form.origin, "linkingRedirectUri": _TEXT}),
    },
    may={"cert": form.Object(must={"x5u": _TEXT})},
    alias={"serviceUrls": "operatorUrls",
           "serviceDescriptionVersion": "operatorservicedescriptionVersion"})
SERVICE_KIND = Kind("service", "mydata-service+json", ("service",), SERVICE, strict.MESSAGE)
OPERATOR_KIND = Kind("operator", "mydata-operator+json", ("operator",), OPERATOR, strict.MESSAGE)


def _address(service, distribution):
    url = distribution["accessUrl"]
    if url.startswith("/"):
        url = service["serviceDescription"]["serviceUrls"]["domain"] + url
    return url if names.is_address(url) else None


def _purposes(service):
    bases = service.get("processingBases") or {}
    for basis in ("consent", "contract"):
        yield from ((basis, p) for p in bases.get(basis, []))
    legal = (service.get("x_mydata") or {}).get("legalObligation") or []
    yield from (("legalObligation", p) for p in legal)
    for basis in _BASES[2:]:
        yield from ((basis, p) for p in bases.get(basis, []))


def faults(service, demanded=DEMANDED):
    """Every fault as (code, where)."""
    found = []
    data = service.get("dataDescription", [])
    purposes = list(_purposes(service))
    found += _profile_faults(service, data, purposes)
    found += _data_faults(service, data)
    found += _purpose_faults(data, purposes)
    seen = set()
    for notification in service.get("notifications", []):
        name = notification["id"]
        if not name or name.startswith("-") or name in seen:
            found.append(("description_notification_id", name))
        seen.add(name)
    texts = [(service["serviceId"], service["serviceDescription"]["description"])]
    texts += [(d["datasetId"], d["description"]) for d in data]
    texts += [(p["purposeId"], p["description"]) for _, p in purposes]
    texts += [(n["id"], n["description"]) for n in service.get("notifications", [])]
    for where, entries in texts:
        there = {entry["language"] for entry in entries}
        found += [("description_missing_language", f"{where} ({language})")
                  for language in demanded if language not in there]
    return found


def _profile_faults(service, data, purposes):
    about, here = service["serviceDescription"], service["serviceId"]
    urls = about["serviceUrls"]
    gives, uses = any(d.get("distribution") for d in data), bool(purposes)
    missing = {
        "consenting": ("description_profile_needs_purpose",
                       not any(basis == "consent" for basis, _ in purposes)),
        "3rd party re-use": ("description_profile_needs_distribution", not gives and not uses),
        "objection": ("description_profile_needs_objection_uri", urls.get("objectionUri") is None),
        "notification": ("description_profile_needs_notification",
                         urls.get("notificationUri") is None or not service.get("notifications")),
    }
    missing["cconsenting"] = missing["consenting"]
    profiles = about.get("supportedProfiles", [])
    found = [] if profiles else [("description_no_profile", here)]
    found += [(missing[p][0], here) for p in profiles if p in missing and missing[p][1]]
    if not gives and not uses:
        found.append(("description_no_purpose", here))
    return found


def _data_faults(service, data):
    found = [] if data else [("description_no_data", service["serviceId"])]
    ids, distributions, urls = set(), set(), set()
    for dataset in data:
        if dataset["datasetId"] in ids:
            found.append(("description_duplicate_dataset", dataset["datasetId"]))
        ids.add(dataset["datasetId"])
        for distribution in dataset.get("distribution", []):
            here, url = distribution["distributionId"], _address(service, distribution)
            if here in distributions:
                found.append(("description_duplicate_distribution", here))
            distributions.add(here)
            if url is None:
                found.append(("description_distribution_url", here))
            elif url in urls:
                found.append(("description_duplicate_url", here))
            urls.add(url)
    return found


def _purpose_faults(data, purposes):
    found, seen, known = [], set(), {d["datasetId"] for d in data}
    for basis, purpose in purposes:
        here = purpose["purposeId"]
        required = purpose.get("requiredDatasets", [])
        extra = purpose.get("optionalDatasets", [])
        if here in seen:
            found.append(("description_duplicate_purpose", here))
        seen.add(here)
        if not required and not extra:
            found.append(("description_purpose_without_data", here))
        found += [("description_unknown_dataset", f"{here}: {dataset}")
                  for dataset in required + extra if dataset not in known]
        if basis != "consent" and extra:
            found.append(("description_optional_without_consent", here))
    return found


def read(text):
    """All faults of a description; Refused when it is not one by its form."""
    return faults(strict.read(text.encode(), strict.MESSAGE, SERVICE))
