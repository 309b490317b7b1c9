"""Kantara receipts out of the model (guide 11.1, 11.3)."""

import json
from datetime import datetime, timedelta

from . import kantara_category, kantara_form, kantara_losses, receipt_form, receipts, strict
from .fault import Refused

WORDS = {
    "fi": {
        "web": "verkkopalvelussa", "app": "sovelluksessa", "desk": "palvelupisteessä", "phone": "puhelimitse",
        "paper": "paperilomakkeella", "tick_and_confirm": "merkitsemällä valinnat ja vahvistamalla",
        "confirm": "vahvistamalla", "signature": "allekirjoittamalla", "spoken": "suullisesti",
        "not_explicit": "AFFIRMATIVE: suostumusta ilmaiseva toimi, joka ei koskenut vain tätä suostumusta",
        "nbf": "Alkaa {}.", "exp": "Päättyy {}.", "open": "Voimassa, kunnes peruutat sen.",
        "withdraw": "Voit peruuttaa suostumuksen milloin tahansa."},
    "sv": {
        "web": "i en e-tjänst", "app": "i en app", "desk": "på ett serviceställe", "phone": "per telefon",
        "paper": "på pappersblankett", "tick_and_confirm": "genom att kryssa för valen och bekräfta",
        "confirm": "genom att bekräfta", "signature": "genom underskrift", "spoken": "muntligen",
        "not_explicit": "AFFIRMATIVE: en bekräftande handling som inte gällde enbart detta samtycke",
        "nbf": "Från {}.", "exp": "Till {}.", "open": "Gäller tills du återkallar det.",
        "withdraw": "Du kan återkalla samtycket när som helst."},
    "en": {
        "web": "on the web", "app": "in an app", "desk": "at a service desk", "phone": "on the telephone",
        "paper": "on a paper form", "tick_and_confirm": "by ticking the choices and confirming",
        "confirm": "by confirming", "signature": "by signing by hand", "spoken": "orally",
        "not_explicit": "AFFIRMATIVE: an act of consent that was not about this consent alone",
        "nbf": "From {}.", "exp": "Until {}.", "open": "In force until you withdraw it.",
        "withdraw": "You can withdraw the consent at any time."},
}


def rfc3339(time):
    """A time in UTC."""
    return (datetime(1970, 1, 1) + timedelta(seconds=time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse_if(holds, code):
    if holds:
        raise Refused(code)


class Writer:
    """One receipt of the model in one language."""

    def __init__(self, receipt, language):
        self.receipt, self.language = receipt, language
        self.given = receipt["grounds"][1]
        self.words = WORDS.get(language, WORDS["en"])
        # Who uses the data comes first, then who gives it.
        self.sides = [receipt["controller"]] + [receipt[side] for side in ("source",) if receipt.get(side)]

    def shown(self, texts):
        """The language of a text: that asked for, that of the telling, or the first."""
        return next(language for language in (self.language, self.receipt["language"], *texts) if language in texts)

    def text(self, texts):
        """A text in that language."""
        return texts[self.shown(texts)]

    def document(self):
        """The whole."""
        ceremony = self.given["ceremony"]
        special = [item["category"] for process in self.receipt["processes"] for item in process["data"]
                   if item["sensitivity"] == "special"]
        parties = [self.party(side["party"]) for side in self.sides]
        return {
            "version": kantara_form.VERSION, "jurisdiction": " ".join(self.receipt["jurisdiction"]),
            "consentTimestamp": ceremony["decided_at"],
            "collectionMethod": self.method(),
            "consentReceiptID": self.receipt["receipt_id"], "language": self.receipt["language"],
            "piiPrincipalId": self.receipt["controller"]["surrogate_id"],
            "piiControllers": [*parties, {**self.party(self.receipt["operator"]), "onBehalf": True}],
            "policyUrl": self.receipt["controller"]["policy_url"],
            "services": [{"service": self.text(side["service"]["title"]),
                          "purposes": [self.purpose(process, not at) for process in self.receipt["processes"]]}
                         for at, side in enumerate(self.sides)],
            "sensitive": bool(special), "spiCat": self.categories(special), "x_mydata": self.extension(),
        }

    def method(self):
        """Where and how consent was given."""
        ceremony = self.given["ceremony"]
        return f"{self.words[ceremony['channel']]}, {self.words[ceremony['method']]}"

    def consent_type(self):
        """Explicit, or that it was not and how it was given."""
        return "EXPLICIT" if self.given["ceremony"]["is_explicit"] else f"{self.words['not_explicit']} ({self.method()})"

    def party(self, party):
        """Who answers for something."""
        address = party["address"]
        return {
            "piiController": self.text(party["name"]), "email": party["email"], "phone": f"tel:{party['phone']}",
            "contact": f"{self.text(party['contact']['role'])}, {party['contact']['email']}",
            "piiControllerUrl": party["url"],
            "address": {"streetAddress": address["street"], "postalCode": address["postal_code"],
                        "addressLocality": address["city"], "addressCountry": address["country"]},
        }

    @staticmethod
    def categories(numbers):
        """Each once, in the order of the data."""
        return [kantara_category.written(number, kantara_form.DATA) for number in dict.fromkeys(numbers)]

    def purpose(self, process, is_of_user):
        """A purpose of whoever uses the data, or gives it."""
        user, giver = self.receipt["controller"]["party"], (self.receipt.get("source") or {}).get("party")
        is_alone = bool(giver) and giver["business_id"] == user["business_id"]
        names = [] if is_alone else [self.text(user["name"])]
        if is_of_user:
            names = [f"{self.text(who['name'])} ({who['country']})" for who in process["recipients"]]
        said = {
            "purpose": f"{self.text(process['title'])}: {self.text(process['description'])}",
            "purposeCategory": [kantara_category.written(process["category"], kantara_form.PURPOSES)],
            "consentType": self.consent_type(),
            "piiCategory": self.categories([item["category"] for item in process["data"]]),
            "termination": self.termination(), "thirdPartyDisclosure": bool(names),
        }
        return (said | ({"primaryPurpose": process["is_primary"]} if is_of_user else {})
                | ({"thirdPartyName": "; ".join(names)} if names else {}))

    def termination(self):
        """From when, until when, how and where it can be withdrawn."""
        nbf, exp, remedy = self.given.get("nbf"), self.given.get("exp"), self.receipt["remedy"]
        return " ".join([
            *([] if nbf is None else [self.words["nbf"].format(rfc3339(nbf))]),
            self.words["open"] if exp is None else self.words["exp"].format(rfc3339(exp)),
            self.words["withdraw"], remedy["url"], self.text(remedy["otherwise"])])

    def extension(self):
        """What the form has no place for."""
        receipt, given, ceremony = self.receipt, self.given, self.given["ceremony"]
        roles = ("Sink", "Source")
        said = {
            "version": receipt["version"], "issued": receipt["issued"], "texts": self.language,
            "state": state_of(given), "notice": given["notice"],
            "decided": {"capacity": ceremony["acting"]["capacity"],
                        **{name: ceremony[name] for name in ("is_explicit", "assurance", "custody")}},
            "operator": {"operator_id": receipt["operator_id"], "business_id": receipt["operator"]["business_id"]},
            "services": [{
                "role": role, "business_id": side["party"]["business_id"],
                "service_id": side["service"]["service_id"], "description_version": side["service"]["version"],
                "description_issued": side["service"]["issued"], "surrogate_id": side["surrogate_id"],
                "policy_url": side["policy_url"]} for role, side in zip(roles, self.sides)],
            "records": given["records"], "purposes": [_evidence(process) for process in receipt["processes"]],
        }
        return without_null(said | {name: given.get(name) for name in ("nbf", "exp", "replaces")})


def _evidence(process):
    names = ("dataset_id", "necessity", "sensitivity", "category")
    left_out = [item["dataset_id"] for item in process.get("left_out", [])]
    return {"purpose_id": process["purpose_id"],
            "datasets": [{name: item[name] for name in names} for item in process["data"]],
            **({"left_out": left_out} if left_out else {})}


def without_null(value):
    """A value without members that are null."""
    if isinstance(value, dict):
        return {name: without_null(inner) for name, inner in value.items() if inner is not None}
    return [without_null(inner) for inner in value] if isinstance(value, list) else value


def state_of(given):
    """The state of a receipt."""
    return receipts.state_of_pair([record["events"][-1] for record in given["records"]])


def _check(receipt, language):
    """Refused, when the form would tell a lie; the form of the model has what `kantara_incomplete` asks for."""
    ground, given = receipt["grounds"]
    _refuse_if(ground != "consent", "kantara_not_consent")
    exp = given.get("exp")
    _refuse_if(state_of(given) not in ("given", "resumed") or exp is not None and exp <= receipt["issued"],
               "kantara_not_in_force")
    _refuse_if(not {language, receipt["language"]} <= kantara_form.LANGUAGES, "kantara_no_language")
    pages = [receipt["controller"]["policy_url"], receipt["controller"]["party"]["url"], receipt["operator"]["url"]]
    pages += [receipt[side]["party"]["url"] for side in ("source",) if receipt.get(side)]
    _refuse_if(not all(map(kantara_form.is_url, pages)), "kantara_no_url")


def write(task):
    """A task of the vectors."""
    receipt = strict.read(json.dumps(task["receipt"]).encode(), receipt_form.LIMITS, receipt_form.RECEIPT)
    _check(receipt, task["language"])
    writer = Writer(receipt, task["language"])
    return {"document": writer.document(), "losses": kantara_losses.losses(task["receipt"], writer.shown)}
