//! The page's own words.
//!
//! A person who acted for another reads the same page: where the words would say "you" of the one whose
//! data it is, there are two of them, and the second (`…_of_another`) names nobody.

use super::Reader;
use mydata_core::lang::Trilingual;

macro_rules! texts {
    ($($name:ident: $fi:literal, $sv:literal, $en:literal;)+) => {
        /// Every own text in one language.
        #[derive(Debug, Clone, Copy)]
        pub(super) struct Words { $(pub(super) $name: &'static str,)+ }

        impl Words {
            /// Every own text for `reader`.
            pub(super) const fn of(reader: Reader) -> Self {
                Self { $($name: reader.choose(Trilingual { fi: $fi, sv: $sv, en: $en }),)+ }
            }
        }

        /// Every own text of the page with its name, for whoever reviews the wording; `{}` is where a
        /// time or a number stands. What comes from the receipt and from the labels of records is not
        /// among them.
        pub const TEXTS: &[(&str, Trilingual)] = &[
            $((stringify!($name), Trilingual { fi: $fi, sv: $sv, en: $en }),)+
        ];
    };
}

texts! {
    // What this is.
    title_given: "Suostumuskuitti", "Samtyckeskvitto", "Consent receipt";
    title_paused: "Kuitti suostumuksen keskeyttämisestä", "Kvitto på pausat samtycke", "Receipt of a paused consent";
    title_withdrawn: "Kuitti suostumuksen peruuttamisesta", "Kvitto på återkallat samtycke", "Receipt of a withdrawn consent";
    title_revoked: "Kuitti suostumuksen lakkauttamisesta", "Kvitto på upphävt samtycke", "Receipt of a consent ended by others";
    title_expired: "Kuitti suostumuksen päättymisestä", "Kvitto på samtycke som har gått ut", "Receipt of an expired consent";
    title_law: "Ilmoitus henkilötietojen käsittelystä", "Information om behandling av personuppgifter", "Notice of the processing of personal data";
    issuer: "Kuitin antaja", "Utfärdare", "Issued by";

    // The state in a sentence.
    given: "Olet antanut suostumuksesi.", "Du har gett ditt samtycke.", "You have given your consent.";
    given_of_another: "Suostumus on annettu sen henkilön puolesta, jonka tiedoista on kyse.", "Samtycke har getts för den person som uppgifterna gäller.", "Consent has been given for the person whose data this is.";
    resumed: "Suostumus oli keskeytettynä ja palautettiin voimaan {}.", "Samtycket var pausat och trädde åter i kraft den {}.", "The consent was paused and came into force again on {}.";
    until: "Se on voimassa {} saakka, ellei sitä peruuteta aiemmin.", "Det gäller till den {}, om det inte återkallas tidigare.", "It is valid until {}, unless it is withdrawn before that.";
    until_withdrawn: "Se on voimassa, kunnes se peruutetaan.", "Det gäller tills det återkallas.", "It is valid until it is withdrawn.";
    begins: "Se tulee voimaan {}.", "Det börjar gälla den {}.", "It takes effect on {}.";
    paused: "Suostumus keskeytettiin {}.", "Samtycket pausades den {}.", "The consent was paused on {}.";
    paused_means: "Tietoja ei saa luovuttaa eikä käyttää, ennen kuin suostumus palautetaan voimaan.", "Uppgifterna får inte lämnas ut eller användas förrän samtycket är i kraft igen.", "The data must not be handed over or used until the consent is in force again.";
    withdrawn: "Suostumus peruutettiin {}.", "Samtycket återkallades den {}.", "The consent was withdrawn on {}.";
    revoked: "Suostumus lakkautettiin {}. Kyse ei ole peruutuksesta.", "Samtycket upphävdes den {}. Det är inte fråga om en återkallelse.", "The consent was ended on {}. This was not a withdrawal.";
    expired: "Suostumuksen voimassaolo päättyi {}.", "Samtycket gick ut den {}.", "The consent expired on {}.";
    ended_means: "Tietoja ei saa enää luovuttaa eikä käyttää sen perusteella.", "Uppgifterna får inte längre lämnas ut eller användas med stöd av det.", "The data may no longer be handed over or used on the strength of it.";
    contract: "Tietojasi käsitellään, koska se on tarpeen sopimuksesi täyttämiseksi.", "Dina uppgifter behandlas eftersom det behövs för att fullgöra ditt avtal.", "Your data is processed because that is needed to carry out your contract.";
    legal_obligation: "Tietojasi käsitellään, koska laki edellyttää sitä.", "Dina uppgifter behandlas eftersom lagen kräver det.", "Your data is processed because the law requires it.";
    vital_interest: "Tietojasi käsitellään hengen tai terveyden suojaamiseksi.", "Dina uppgifter behandlas för att skydda liv eller hälsa.", "Your data is processed to protect life or health.";
    public_interest: "Tietojasi käsitellään yleisen edun mukaisen tehtävän hoitamiseksi.", "Dina uppgifter behandlas för att utföra en uppgift av allmänt intresse.", "Your data is processed to carry out a task in the public interest.";
    legitimate_interest: "Tietojasi käsitellään palvelun tai muun tahon oikeutetun edun vuoksi.", "Dina uppgifter behandlas på grund av ett berättigat intresse hos tjänsten eller någon annan.", "Your data is processed because of a legitimate interest of the service or of somebody else.";
    no_consent: "Suostumustasi ei ole kysytty eikä tarvita.", "Ditt samtycke har inte begärts och behövs inte.", "Your consent has not been asked for and is not needed.";

    // What it covers.
    covers: "Mitä suostumus koskee", "Vad samtycket gäller", "What the consent covers";
    covers_law: "Mitä käsittely koskee", "Vad behandlingen gäller", "What the processing covers";
    who_gets: "Tiedot saa", "Uppgifterna lämnas till", "Who gets the data";
    who_gives: "Tiedot antaa", "Uppgifterna kommer från", "Who gives the data";
    who_uses: "Tietoja käyttää", "Uppgifterna används av", "Who uses the data";
    nobody_gives: "Tiedot ovat jo palvelulla; kukaan muu ei luovuta niitä.", "Tjänsten har redan uppgifterna; ingen annan lämnar ut dem.", "The service already has the data; nobody else hands it over.";
    valid_from: "Voimassa alkaen", "Gäller från", "Valid from";
    valid_until: "Voimassa enintään", "Gäller längst till", "Valid until";
    no_limit: "ei määräaikaa", "ingen tidsgräns", "no time limit";
    data: "Tiedot", "Uppgifter", "Data";
    not_given: "Ei luovuteta", "Lämnas inte ut", "Not handed over";
    left_out: "Jätetty pois", "Utelämnat", "Left out";
    required: "välttämätön", "nödvändigt", "required";
    optional: "vapaaehtoinen", "frivilligt", "optional";
    confidential: "salassa pidettävä", "sekretessbelagt", "confidential by law";
    special: "arkaluonteinen", "känsligt", "sensitive";

    // What one can do.
    can_do: "Mitä voit tehdä nyt", "Vad du kan göra nu", "What you can do now";
    ended_remedy: "Suostumus on päättynyt, eikä sinun tarvitse tehdä mitään. Jos haluat, että tiedot poistetaan, pyydä sitä palvelulta, joka on saanut ne.", "Samtycket har upphört och du behöver inte göra någonting. Om du vill att uppgifterna raderas kan du begära det av den tjänst som har fått dem.", "The consent has ended and you need not do anything. If you want the data erased, ask the service that got it.";
    online: "Verkossa", "På webben", "On the web";
    offline: "Ilman verkkoa", "Utan webben", "Without the web";
    rights: "Muut oikeudet", "Övriga rättigheter", "Other rights";
    right_to: "oikeus", "rätt att", "the right to";

    // Where it goes and stays.
    keeping: "Säilytys ja luovutus", "Lagring och utlämnande", "Storage and sharing";
    recipients: "Annetaan edelleen", "Lämnas vidare till", "Passed on to";
    nobody: "ei kenellekään", "ingen", "nobody";
    storage: "Säilytyspaikka", "Lagringsplats", "Where it is kept";
    retention: "Säilytysaika", "Lagringstid", "How long it is kept";
    at_most_days: "enintään {} päivää.", "högst {} dagar.", "at most {} days.";
    basis: "Käsittelyperuste", "Rättslig grund", "Legal basis";
    outside: "EU:n ja ETA:n ulkopuolella", "utanför EU och EES", "outside the EU and the EEA";

    // How it was agreed.
    agreed: "Miten suostumus annettiin", "Hur samtycket gavs", "How the consent was given";
    told_law: "Mitä sinulle on kerrottu", "Vad du har fått veta", "What you have been told";
    who: "Kuka suostui", "Vem gav samtycket", "Who consented";
    known_as: "tunnus palvelussa", "id hos tjänsten", "known to the service as";
    signed_with: "allekirjoitusavain", "signeringsnyckel", "signing key";
    when: "Milloin", "När", "When";
    signed: "allekirjoitettu {}", "undertecknat den {}", "signed on {}";
    told: "Mitä kerrottiin", "Information som gavs", "What was told";
    shown: "Näytetty {}", "Visades den {}", "Shown on {}";
    archived: "Tallessa", "Finns sparad", "Kept at";
    description: "kuvaus", "beskrivning", "description";
    how: "Miten", "Hur", "How";
    explicit: "nimenomainen suostumus vain tähän", "uttryckligt samtycke som bara gäller detta", "explicit consent to this alone";
    with_other: "muun asioinnin yhteydessä", "i samband med ett annat ärende", "together with another matter";
    chosen: "Valittu", "Valt", "Chosen";
    withdrawn_when: "Peruutettu", "Återkallat", "Withdrawn";
    not_withdrawn: "ei", "nej", "no";
    minor: "Alaikäinen", "Minderårig", "Under age";
    age: "Ikä vuosina", "Ålder i år", "Age in years";
    acted: "päättäjä", "beslutsfattare", "who decided";
    acted_oneself: "alaikäinen itse", "den minderåriga själv", "the minor in person";
    authority_to_act: "Toimivalta", "Behörighet", "Authority to act";
    assurance: "Tunnistamisen varmuus", "Identifieringens tillitsnivå", "Assurance of identity";
    custody: "Missä avain oli", "Var nyckeln fanns", "Where the key was";

    // What became of it.
    since: "Mitä sen jälkeen on tapahtunut", "Vad som har hänt därefter", "What has happened since";
    unchanged: "Ei muutoksia. Tilanne {}.", "Inga ändringar. Läget den {}.", "No changes. As of {}.";
    reason: "Syy", "Orsak", "Reason";
    subject_of_another: "henkilö, jonka tiedoista on kyse", "den person som uppgifterna gäller", "the person whose data this is";
    representative: "edustaja", "företrädaren", "a representative";
    only_source: "vain tiedot antavassa palvelussa", "bara hos tjänsten som lämnar uppgifterna", "only at the service that gives the data";
    only_sink: "vain tiedot saavassa palvelussa", "bara hos tjänsten som får uppgifterna", "only at the service that gets the data";

    // Whom to ask.
    contacts: "Keneen voit ottaa yhteyttä", "Vem du kan kontakta", "Whom to contact";
    role_controller: "Tietojen saaja", "Mottagare av uppgifterna", "Gets the data";
    role_user: "Tietojen käyttäjä", "Använder uppgifterna", "Uses the data";
    role_source: "Tietojen antaja", "Uppgiftslämnare", "Gives the data";
    role_operator: "Operaattori", "Operatör", "Operator";
    role_authority: "Valvontaviranomainen", "Tillsynsmyndighet", "Supervisory authority";
    phone: "Puhelin", "Telefon", "Telephone";
    business_id: "Y-tunnus", "FO-nummer", "Business ID";
    register_number: "Rekisterinumero", "Registernummer", "Register number";

    // For the record.
    record: "Kuitin tunnistetiedot", "Kvittots identifieringsuppgifter", "Details that identify the receipt";
    proof: "Sivu on tehty allekirjoitetusta kuitista, jonka tiiviste (SHA-256) on alla. Sivu itse ei ole todiste.", "Sidan har gjorts av ett undertecknat kvitto, vars kontrollsumma (SHA-256) står nedan. Sidan i sig är inget bevis.", "This page was made from a signed receipt, whose digest (SHA-256) is below. The page itself is no proof.";
    issued: "Annettu", "Utfärdat", "Issued";
    applicable_law: "Sovellettava laki", "Tillämplig lag", "Law that applies";
    policy: "Tietosuoja ja ehdot", "Dataskydd och villkor", "Policy and terms";
    replaces: "Korvaa suostumuksen", "Ersätter samtycket", "Replaces the consent";
    document: "Asiakirja", "Handling", "Document";
    id: "Tunnus", "Id", "Id";
    this_receipt: "Tämä kuitti", "Detta kvitto", "This receipt";
    notice: "Näytetty teksti", "Den visade texten", "The text shown";
    consent_source: "Suostumus: antaja", "Samtycke: källan", "Consent: the giver's";
    consent_sink: "Suostumus: saaja", "Samtycke: mottagaren", "Consent: the receiver's";
    link: "palveluyhteys", "tjänstekoppling", "service link";
    times: "Kellonajat", "Klockslag", "Times of day";
    qr: "QR-koodi, jossa on kuitin tunnus ja tiiviste", "QR-kod med kvittots identifierare och kontrollsumma", "QR code with the receipt's identifier and digest";

    // Times that a clock shows twice, when summer time ends.
    summer_time: "kesäaikaa", "sommartid", "summer time";
    standard_time: "normaaliaikaa", "normaltid", "standard time";
}
