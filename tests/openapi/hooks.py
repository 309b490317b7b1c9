"""Proves who calls, for Schemathesis: a signed request (spec/guide, 8.6) or a bearer token, as `SERVED` says."""

import base64
import hashlib
import json
import os
import time
from urllib.parse import urlsplit

import requests.auth
import schemathesis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SERVED = json.loads(os.environ["SERVED"])


def text(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def digest(octets):
    return text(hashlib.sha256(octets).digest())


class Party(requests.auth.AuthBase):
    """A signed request over method, address, query, media type and body."""

    def __init__(self, sender):
        self.sender = sender
        self.key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(sender["key"]))

    def __call__(self, request):
        url = urlsplit(request.url)
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        if not isinstance(body, bytes):
            body = b"".join(body)
            request.body = body
        payload = {
            "iss": self.sender["id"],
            "role": self.sender["role"],
            "ts": int(time.time()),
            "m": request.method,
            "u": self.sender["to"],
            "p": url.path,
            "nonce": text(os.urandom(16)),
        }
        if url.query:
            names = [part.split("=", 1)[0] for part in url.query.split("&")]
            payload["q"] = [names, digest(url.query.encode())]
        if body:
            payload["b"] = digest(body)
        media = request.headers.get("Content-Type")
        if media is not None:
            media = media.decode("latin-1") if isinstance(media, bytes) else media
            payload["h"] = [["content-type"], digest(f"content-type: {media.strip()}".encode())]
        header = {"alg": "EdDSA", "kid": self.sender["kid"], "typ": "mydata-party+pop"}
        signed = ".".join(text(json.dumps(part).encode()) for part in (header, payload))
        signature = text(self.key.sign(signed.encode()))
        request.headers["Authorization"] = f"PoP {signed}.{signature}"
        return request


class Headers(requests.auth.AuthBase):
    """The same headers with every request."""

    def __init__(self, headers):
        self.headers = headers

    def __call__(self, request):
        request.headers.update(self.headers)
        return request


if "key" in SERVED:
    proof = Party(SERVED)
elif "token" in SERVED:
    proof = Headers({"Authorization": f"Bearer {SERVED['token']}"})
else:
    proof = Headers(SERVED["headers"])
schemathesis.auth.set_from_requests(proof)


@schemathesis.check
def is_proven(ctx, response, case):
    """Whoever is refused at the door has tried nothing behind it; cases without a proof are for that door."""
    proof = response.request.headers.get("Authorization") or [""]
    assert response.status_code != 401 or len(proof[0]) < 20, f"not accepted: {proof[0]}"
