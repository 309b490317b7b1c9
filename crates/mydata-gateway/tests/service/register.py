"""A small register of day care wishes, as a city may have it: the standard library and nothing else.

It knows nothing of consents, tokens or gateways. `GET /api/children/<id>/wishes` gives what it has.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

CHILDREN = {
    "child-7": {
        "name": "Åsa Canary",
        "ssn": "010101-CANARY",
        "wishes": [
            {"unit": "Solvik", "start": "2027-08-01", "note": "CANARY allergy"},
            {"unit": "Leppäkerttu", "start": "2028-01-10", "note": "CANARY custody"},
        ],
        "sibling": {"name": "Ben", "ssn": "020202-CANARY"},
    },
    "child-8": {
        "name": "Otto Other",
        "ssn": "030303-CANARY",
        "wishes": [{"unit": "Others only", "start": "2027-08-01", "note": "CANARY"}],
        "sibling": None,
    },
}


class Register(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        parts = [unquote(part) for part in address.path.split("/")]
        child = CHILDREN.get(parts[3]) if len(parts) == 5 and parts[4] == "wishes" else None
        if child is None:
            return self.answer(404, {"error": "no such child"})
        since = parse_qs(address.query).get("since", ["0000-00-00"])[0]
        wishes = [wish for wish in child["wishes"] if wish["start"] >= since]
        self.answer(200, {**child, "wishes": wishes, "asked": self.path})

    def answer(self, status, value):
        octets = json.dumps(value, ensure_ascii=False, indent=2).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Register)
    print(server.server_port, flush=True)
    sys.stdin.close()
    server.serve_forever()
