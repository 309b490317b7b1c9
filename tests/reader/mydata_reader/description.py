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
    must={"serviceId": _ID, "serviceDescription": _ABOUT, "issued": form.issued, "createdByUserId": _TEXT},
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
        "supportedProfiles": _PROFILES, "createdOnDate": form.issued, "createdByUserId": _TEXT,
        "operatorUrls": form.Object(must={"domain": form.origin, "linkingRedirectUri": _TEXT}),
    },
    may={"cert": form.Object(must={"x5u": _TEXT})},
    alias={"serviceUrls": "operatorUrls",
           "serviceDescriptionVersion": "operatorservicedescriptionVersion"})
SERVICE_KIND = Kind("service", "mydata-service+json", ("service",), SERVICE, strict.MESSAGE)
OPERATOR_KIND = Kind("operator", "mydata-operator+json", ("operator",), OPERATOR, strict.MESSAGE)


def _address(domain, text):
    """The address, or a path of the domain; None for anything else."""
    url = domain + text if text.startswith("/") else text
    return url if names.is_address(url) else None


def _common_faults(provider, profiles, cert, here):
    """What stands in the description of a service and of an operator alike."""
    found = []
    if not provider["name"].strip() or not provider["businessId"].strip():
        found.append(("description_no_provider", here))
    if not profiles:
        found.append(("description_no_profile", here))
    plain = ["consenting" if profile == "cconsenting" else profile for profile in profiles]
    if len(set(plain)) != len(plain):
        found.append(("description_profile_twice", here))
    if cert is not None and not names.is_address(cert["x5u"]):
        found.append(("description_certificate_url", here))
    return found


def _endpoint_faults(urls, *members):
    return [("description_endpoint_url", name) for name in members
            if urls.get(name) is not None and _address(urls["domain"], urls[name]) is None]


def operator_faults(operator):
    """Every fault of an operator's description."""
    found = _common_faults(operator["serviceProvider"], operator["supportedProfiles"],
                           operator.get("cert"), operator["operatorId"])
    return found + _endpoint_faults(operator["operatorUrls"], "linkingRedirectUri")


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
    about = service["serviceDescription"]
    found += _common_faults(about["serviceProvider"], about.get("supportedProfiles", []), about.get("cert"),
                            service["serviceId"])
    found += _endpoint_faults(about["serviceUrls"], "linkingUri", "linkingRedirectUri", "objectionUri",
                              "notificationUri")
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
    found = [(missing[p][0], here) for p in profiles if p in missing and missing[p][1]]
    if not gives and not uses:
        found.append(("description_no_purpose", here))
    return found


def _data_faults(service, data):
    found = [] if data else [("description_no_data", service["serviceId"])]
    ids, distributions, urls = set(), set(), set()
    domain = service["serviceDescription"]["serviceUrls"]["domain"]
    for dataset in data:
        if dataset["datasetId"] in ids:
            found.append(("description_duplicate_dataset", dataset["datasetId"]))
        ids.add(dataset["datasetId"])
        for distribution in dataset.get("distribution", []):
            here, url = distribution["distributionId"], _address(domain, distribution["accessUrl"])
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
