"""Signs the examples of the guide with the keys of spec/guide/keys.json, and writes them into it.

    python3 examples.py [--check]

The signatures are deterministic (RFC 8032, RFC 6979), so the same text comes out every time.
"""

import json
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mydata_reader import jose, names

GUIDE = Path(__file__).resolve().parents[2] / "spec" / "guide"
KEYS = json.loads((GUIDE / "keys.json").read_text())
NOW = 1736236800  # 2025-01-07T08:00:00Z
OPERATOR, SOURCE, SINK = "operator.example", "ecec.city.example", "library.city.example"
DATA = "https://ecec.city.example/mydata/placement"
PROPOSAL = b"What the person was shown, octet for octet."


def public(role):
    """The public half, as it stands in records."""
    return {name: KEYS[role][name] for name in ("kid", "kty", "crv", "x", "y", "alg", "use")
            if name in KEYS[role]}


def signature(role, message):
    """64 octets."""
    secret = names.decode(KEYS[role]["d"])
    if KEYS[role]["crv"] == "Ed25519":
        return Ed25519PrivateKey.from_private_bytes(secret).sign(message)
    private = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    der = private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def octets(value):
    """JSON without white space."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def sign(payload, typ, *roles):
    """The envelope: flattened for one signature, general for several."""
    body = names.encode(octets(payload))
    parts = []
    for role in roles:
        header = {"alg": KEYS[role]["alg"], "kid": KEYS[role]["kid"], "typ": typ}
        protected = names.encode(octets(header))
        made = signature(role, f"{protected}.{body}".encode())
        parts.append({"protected": protected, "signature": names.encode(made)})
    if len(parts) == 1:
        return {"payload": body, **parts[0]}
    return {"payload": body, "signatures": parts}


def sign_by_key(payload, typ, role):
    """The envelope of a record whose header brings the key (8.5)."""
    body = names.encode(octets(payload))
    jwk = {name: KEYS[role][name] for name in ("crv", "kty", "x", "y") if name in KEYS[role]}
    header = {"typ": typ, "alg": KEYS[role]["alg"], "jwk": jwk}
    protected = names.encode(octets(header))
    made = signature(role, f"{protected}.{body}".encode())
    return {"payload": body, "protected": protected, "signature": names.encode(made)}


def compact(envelope):
    """The compact form of an envelope with one signature."""
    return ".".join(envelope[part] for part in ("protected", "payload", "signature"))


def digest(envelope):
    """SHA-256 of what the first signature is over."""
    first = envelope.get("signatures", [envelope])[0]
    return names.encode(names.sha256(f"{first['protected']}.{envelope['payload']}".encode()))


def show(value):
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def signed(payload, typ, roles):
    """A payload and its envelope, as two blocks."""
    text = f"```json payload\n{show(payload)}\n```\n\n"
    return text + f"```json signed {typ} {','.join(roles)}\n{show(sign(payload, typ, *roles))}\n```"


def status(subject, state, record, previous=None, iat=NOW + 20):
    """A status record of the source's consent, or of its link."""
    link = subject == "link-source"
    return {
        "version": "2.0", "record_id": record, "surrogate_id": "surrogate-at-source",
        "slr_id" if link else "cr_id": subject,
        "sl_status" if link else "consent_status": state, "iat": iat,
        "prev_record_id": previous[0] if previous else "NULL",
        **({"x_mydata": {"prev_sha256": previous[1]}} if previous else {}),
    }


def terms(cr_id, service, role, fetched=True):
    """The members that all consents have."""
    side = "source" if service == SOURCE else "sink"
    dataset = {"dataset_id": "ecec.placement"}
    if fetched:
        dataset |= {"distribution_id": "ecec.placement.json", "distribution_url": DATA}
    return {
        "version": "2.0", "cr_id": cr_id, "surrogate_id": f"surrogate-at-{side}",
        "rs_description": {"resource_set": {
            "rs_id": f"https://{SOURCE}.Kx0bHWcYTlm0g3bqkVf1Aw" + ("" if fetched else "2"),
            "dataset": [dataset]}},
        "slr_id": f"link-{side}", "service_description_version": "3",
        "consent_proposal": {"url": "https://operator.example/proposals/71",
                             "hash": names.encode(names.sha256(PROPOSAL))},
        "iat": NOW + 10, "exp": NOW + 31536000, "operator": OPERATOR, "subject_id": service,
        "role": role, "x_mydata": {"language": "fi"},
    }


def link_record():
    """The source's link."""
    return {
        "version": "2.0", "link_id": "link-source", "operator_id": OPERATOR, "service_id": SOURCE,
        "service_description_version": "3", "surrogate_id": "surrogate-at-source",
        "operator_key": public("operator-status"), "cr_keys": {"keys": [public("owner")]}, "iat": NOW,
    }


def token_claims():
    """A token for the source's consent."""
    return {"iss": OPERATOR, "cnf": {"kid": KEYS["sink-pop"]["kid"]}, "aud": [DATA],
            "exp": NOW + 360, "nbf": NOW + 60, "iat": NOW + 60, "jti": "t4vJmPl0QkS2x1nZb8yHcg",
            "cr_id": "consent-source"}


def request():
    """The signed request of the sink."""
    hashed = names.encode(names.sha256(b"from=2025-01-01&fields=name"))
    return {"at": compact(sign(token_claims(), "mydata-at+jwt", "operator-token")), "ts": NOW + 70,
            "m": "GET", "u": SOURCE, "p": "/mydata/placement", "q": [["from", "fields"], hashed],
            "nonce": "m0nQ2u6cS1eY7vWb5xTfLg"}


def described(title):
    """A text in the three languages."""
    return [{"language": language, "title": title, "description": title}
            for language in ("fi", "sv", "en")]


def service():
    """The description of the source."""
    about = [{"language": language, "humanReadableDescription": "Early education"}
             for language in ("fi", "sv", "en")]
    return {
        "serviceId": SOURCE,
        "serviceDescription": {
            "serviceProvider": {"businessId": "0000000-0", "name": "City"},
            "serviceDescriptionTitle": "Early education", "description": about,
            "serviceDescriptionVersion": "3", "supportedProfiles": ["3rd party re-use"],
            "serviceUrls": {"domain": f"https://{SOURCE}", "libraryDomain": f"https://{SOURCE}",
                            "linkingUri": "/mydata/link", "linkingRedirectUri": "/mydata/linked"}},
        "dataDescription": [{
            "datasetId": "ecec.placement", "description": described("Placement"),
            "datasetSchema": {"@id": "https://schemas.example/ecec/placement"},
            "distribution": [{"distributionId": "ecec.placement.json",
                              "accessUrl": "/mydata/placement", "format": "application/json"}]}],
        "issued": "2025-01-01", "createdByUserId": "city",
    }


def operator():
    """The description of the operator."""
    return {
        "operatorId": OPERATOR, "serviceProvider": {"businessId": "0000000-0", "name": "City"},
        "operatorservicedescriptionVersion": "1", "supportedProfiles": ["consenting", "3rd party re-use"],
        "operatorUrls": {"domain": "https://operator.example", "linkingRedirectUri": "/linking"},
        "createdOnDate": "2025-01-01", "createdByUserId": "city",
    }


def wishes():
    """A subscription and a notification, an objection and its answer."""
    person = {"sub": "surrogate-at-source"}
    about = {"version": "2.0", "id": "objection-1", "iat": NOW + 900}
    return {
        "subscription": ({"id": "subscription-1", "iat": NOW + 600, **person,
                          "notifications": ["placement.changed", "-menu"], "encrypted": False},
                         "mydata-subscription+json", ("owner",)),
        "notification": ({"id": "notification-1", "iat": NOW + 700, "service_id": SOURCE, **person,
                          "messages": [{"subject": "A place", "id": "placement.changed",
                                        "message": "There is a place for your child.",
                                        "url": "https://ecec.city.example/places?open=1#new"}]},
                         "mydata-notification+json", ("source",)),
        "objection": ({**about, **person, "processing_objected": [
            {"id": "item-1", "processingId": "ecec.statistics", "datasetId": "ecec.placement"}]},
            "mydata-objection+json", ("owner",)),
        "objection-response": ({"version": "2.0", "id": "answer-1", "service_id": SOURCE, **person,
                                "iat": NOW + 1000, "request_id": "objection-1",
                                "decisions": [{"id": "item-1", "decision": "rejected",
                                               "url": "https://ecec.city.example/why"}]},
                               "mydata-objection-response+json", ("source",)),
    }


def dpop():
    """A token for DPoP, and a proof for a request with it."""
    jkt = jose.make_key(public("sink-pop")).thumbprint()
    claims = token_claims() | {"cnf": {"kid": "sink-pop-1", "jkt": jkt}}
    token = compact(sign(claims, "mydata-at+jwt", "operator-token"))
    proof = {"jti": "m0nQ2u6cS1eY7vWb5xTfLg", "htm": "GET", "htu": DATA, "iat": NOW + 70,
             "ath": names.encode(names.sha256(token.encode())),
             "x_mydata": {"q": names.encode(names.sha256(b"fields=name"))}}
    made = compact(sign_by_key(proof, "dpop+jwt", "sink-pop"))
    return ("For `GET /mydata/placement?fields=name` at the source, with this token:\n\n"
            f"```json payload\n{show(claims)}\n```\n\n"
            f"```text signed mydata-at+jwt operator-token\n{token}\n```\n\n"
            f"```json payload\n{show(proof)}\n```\n\n"
            f"```text signed dpop+jwt sink-pop\n{made}\n```")


def examples():
    """Every example by name."""
    owner, link_first = ("owner",), status("link-source", "Active", "ssr-1", iat=NOW + 5)
    ssr = digest(sign(link_first, "mydata-ssr+json", "owner"))
    first = status("consent-source", "Active", "csr-1")
    csr = digest(sign(first, "mydata-csr+json", "owner"))
    source = {"common_part": terms("consent-source", SOURCE, "Source"),
              "role_specific_part": {"pop_key": public("sink-pop"),
                                     "token_issuer_key": public("operator-token")}}
    rules = [{"purposeId": "library.card", "datasets": ["ecec.placement"]}]
    sink = {"common_part": terms("consent-sink", SINK, "Sink"),
            "role_specific_part": {"source_cr_id": "consent-source", "usage_rules": rules}}
    single = terms("consent-single", SOURCE, "Sink", fetched=False)
    single["usage_rules"] = [{"purposeId": "ecec.planning", "datasets": ["ecec.placement"]}]
    proof = compact(sign(request(), "pop", "sink-pop"))
    token = compact(sign(token_claims(), "mydata-at+jwt", "operator-token"))
    key = jose.make_key(public("owner"))
    return {
        **{name: signed(*parts) for name, parts in wishes().items()},
        "keys": f"```json keys\n{show({role: public(role) for role in KEYS})}\n```",
        "thumbprint": f"```text\n{key.thumbprint()}\n```",
        "link-record": signed(link_record(), "mydata-slr+json", ("owner", "source")),
        "single-consent": signed(single, "mydata-cr+json", owner),
        "source-consent": signed(source, "mydata-source-cr+json", owner),
        "sink-consent": signed(sink, "mydata-sink-cr+json", owner),
        "link-status-first": signed(link_first, "mydata-ssr+json", owner),
        "link-status-removed": signed(
            status("link-source", "Removed", "ssr-2", ("ssr-1", ssr), NOW + 500),
            "mydata-ssr+json", ("operator-status",)),
        "consent-status-first": signed(first, "mydata-csr+json", owner),
        "consent-status-disabled": signed(
            status("consent-source", "Disabled", "csr-2", ("csr-1", csr), NOW + 400),
            "mydata-csr+json", owner),
        "service": f"```json service\n{show(service())}\n```",
        "operator": f"```json operator\n{show(operator())}\n```",
        "token": f"```json payload\n{show(token_claims())}\n```\n\n"
                 f"```text signed mydata-at+jwt operator-token\n{token}\n```",
        "request": "For `GET /mydata/placement?fields=name&from=2025-01-01` at the source:\n\n"
                   f"```json payload\n{show(request())}\n```\n\n"
                   f"```text signed pop sink-pop\n{proof}\n```",
        "dpop": dpop(),
    }


def main(arguments):
    """Writes, or with --check only compares."""
    blocks, used, stale = examples(), set(), []
    for page in sorted(GUIDE.glob("*.md")):
        before = page.read_text()

        def block(match):
            used.add(match.group(1))
            return f"<!-- example: {match.group(1)} -->\n{blocks[match.group(1)]}\n<!-- /example -->"

        after = re.sub(r"<!-- example: ([a-z-]+) -->\n.*?<!-- /example -->", block, before, flags=re.S)
        if after != before:
            stale.append(page.name)
            if "--check" not in arguments:
                page.write_text(after)
    unused = blocks.keys() - used
    print(f"{len(used)} examples, changed: {', '.join(stale) or 'none'}, unused: {sorted(unused)}")
    return 1 if unused or ("--check" in arguments and stale) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
