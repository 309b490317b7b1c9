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
    title_paused: "Kuitti suostumuksen keskeyttämisestä", "Kvitto på paus av samtycke", "Receipt for the pausing of consent";
    title_withdrawn: "Kuitti suostumuksen peruuttamisesta", "Kvitto på återkallelse av samtycke", "Receipt for the withdrawal of consent";
    title_revoked: "Kuitti suostumuksen päättämisestä muun kuin antajan toimesta", "Kvitto på samtycke som någon annan har avslutat", "Receipt for a consent that somebody else ended";
    title_expired: "Kuitti suostumuksen päättymisestä", "Kvitto på samtycke som har gått ut", "Receipt for an expired consent";
    title_law: "Ilmoitus henkilötietojen käsittelystä", "Information om behandling av personuppgifter", "Notice of the processing of personal data";
    issuer: "Kuitin antaja", "Utfärdare av kvittot", "Receipt issued by";
    issuer_law: "Ilmoituksen antaja", "Utfärdare", "Notice issued by";
    operator_is: "MyData-operaattori säilyttää ja välittää suostumuksia.", "En MyData-operatör förvarar och förmedlar samtycken.", "A MyData operator keeps and passes on consents.";

    // The state in a sentence.
    given: "Annoit suostumuksesi {}.", "Du gav ditt samtycke den {}.", "You gave your consent on {}.";
    given_of_another: "Suostumus annettiin {} sen henkilön puolesta, jota tiedot koskevat.", "Samtycke gavs den {} för den person som uppgifterna gäller.", "Consent was given on {} for the person whose data this is.";
    resumed: "Suostumus oli keskeytettynä ja palautettiin voimaan {}.", "Samtycket var pausat och trädde åter i kraft den {}.", "The consent was paused and came into force again on {}.";
    until: "Se on voimassa {} saakka, ellei sitä peruuteta aiemmin.", "Det gäller till den {}, om det inte återkallas tidigare.", "It is valid until {}, unless it is withdrawn before that.";
    until_withdrawn: "Se on voimassa, kunnes se peruutetaan.", "Det gäller tills det återkallas.", "It is valid until it is withdrawn.";
    begins: "Se tulee voimaan {}.", "Det börjar gälla den {}.", "It takes effect on {}.";
    paused: "Suostumus keskeytettiin {}.", "Samtycket pausades den {}.", "The consent was paused on {}.";
    paused_means: "Tietoja ei saa luovuttaa eikä käyttää, ennen kuin suostumus palautetaan voimaan.", "Uppgifterna får inte lämnas ut eller användas förrän samtycket är i kraft igen.", "The data must not be handed over or used until the consent is in force again.";
    withdrawn: "Suostumus peruutettiin {}.", "Samtycket återkallades den {}.", "The consent was withdrawn on {}.";
    revoked: "Suostumus päätettiin {}. Sen antaja ei peruuttanut sitä.", "Samtycket avslutades den {}. Det återkallades inte av den som gav det.", "The consent was ended on {}. It was not withdrawn by the one who gave it.";
    expired: "Suostumuksen voimassaolo päättyi {}.", "Samtycket gick ut den {}.", "The consent expired on {}.";
    ended_means: "Tietoja ei saa enää luovuttaa eikä käyttää sen perusteella.", "Uppgifterna får inte längre lämnas ut eller användas med stöd av det.", "The data may no longer be handed over or used on the strength of it.";
    contract: "Tietoja käsitellään, koska se on tarpeen sopimuksen täyttämiseksi.", "Uppgifterna behandlas eftersom det behövs för att fullgöra avtalet.", "The data is processed because that is needed to carry out the contract.";
    legal_obligation: "Tietoja käsitellään, koska laki edellyttää sitä.", "Uppgifterna behandlas eftersom lagen kräver det.", "The data is processed because the law requires it.";
    vital_interest: "Tietoja käsitellään hengen tai terveyden suojaamiseksi.", "Uppgifterna behandlas för att skydda liv eller hälsa.", "The data is processed to protect life or health.";
    public_interest: "Tietoja käsitellään yleistä etua koskevan tehtävän suorittamiseksi tai julkisen vallan käyttämiseksi.", "Uppgifterna behandlas för att utföra en uppgift av allmänt intresse eller som ett led i myndighetsutövning.", "The data is processed to carry out a task in the public interest or to exercise official authority.";
    legitimate_interest: "Tietoja käsitellään palvelun tai muun tahon oikeutetun edun vuoksi.", "Uppgifterna behandlas på grund av ett berättigat intresse hos tjänsten eller någon annan.", "The data is processed because of a legitimate interest of the service or of somebody else.";
    no_consent: "Suostumusta ei ole pyydetty eikä sitä tarvita.", "Samtycke har inte begärts och behövs inte.", "Consent has not been asked for and is not needed.";
    as_of: "Tilanne {}. Myöhemmät muutokset eivät näy tässä.", "Läget den {}. Senare ändringar syns inte här.", "As of {}. Later changes do not show here.";
    present_state: "Tilanne nyt", "Läget nu", "The present state";
    consents: "omat suostumukset", "dina samtycken", "your consents";

    // What it covers.
    covers: "Mitä suostumus koskee", "Vad samtycket gäller", "What the consent covers";
    covers_ended: "Mitä suostumus koski", "Vad samtycket gällde", "What the consent covered";
    covers_law: "Mitä käsittely koskee", "Vad behandlingen gäller", "What the processing covers";
    who_gets: "Tiedot saa", "Uppgifterna lämnas till", "Who gets the data";
    who_gets_ended: "Tietojen sallittu saaja", "Tillåten mottagare", "Permitted recipient";
    who_gives: "Mistä tiedot saadaan", "Uppgifterna kommer från", "Where the data comes from";
    who_gives_ended: "Tietojen sallittu antaja", "Tillåten källa", "Permitted source";
    who_uses: "Tietoja käyttää", "Uppgifterna används av", "Who uses the data";
    who_uses_ended: "Tietojen sallittu käyttäjä", "Tillåten användare", "Permitted user";
    nobody_gives: "Palvelulla on tiedot jo", "Tjänsten har redan uppgifterna", "The service already has the data";
    nobody_gives_ended: "Palvelulla oli tiedot jo", "Tjänsten hade redan uppgifterna", "The service already had the data";
    valid_from: "Voimassa alkaen", "Gäller från", "Valid from";
    valid_from_ended: "Voimassaolo alkoi", "Började gälla", "Was valid from";
    valid_until: "Voimassaolo päättyy viimeistään", "Upphör senast", "Ends at the latest";
    valid_until_ended: "Olisi ollut voimassa enintään", "Skulle ha gällt längst till", "Would have been valid until";
    valid_until_expired: "Voimassaolo päättyi", "Gällde till", "Was valid until";
    no_limit: "ei määräaikaa", "ingen tidsgräns", "no time limit";
    own_words: "Palvelun omin sanoin", "Med tjänstens egna ord", "In the service's own words";
    own_words_ended: "Palvelun omin sanoin, kun suostumus annettiin", "Med tjänstens egna ord när samtycket gavs", "In the service's own words when the consent was given";
    data: "Tiedot", "Uppgifter", "Data";
    not_given: "Ei kuulu tähän suostumukseen", "Ingår inte i samtycket", "Not part of this consent";
    left_out: "Valittu pois", "Bortvalt", "Left out";
    required: "tarvitaan tähän tarkoitukseen", "behövs för ändamålet", "needed for this purpose";
    optional: "valinnainen", "valfritt", "optional";
    confidential: "salassa pidettäviä tietoja", "sekretessbelagda uppgifter", "confidential by law";
    special: "arkaluonteisia tietoja", "känsliga uppgifter", "sensitive data";

    // What one can do.
    can_do: "Mitä voit tehdä nyt", "Vad du kan göra nu", "What you can do now";
    can_resume: "Voit myös palauttaa sen voimaan samassa paikassa.", "Du kan också sätta det i kraft igen på samma ställe.", "You can also put it back in force at the same place.";
    lawful_before: "Peruuttaminen ei vaikuta sitä ennen suoritetun käsittelyn lainmukaisuuteen.", "Återkallelsen påverkar inte lagligheten av behandlingen före den.", "Withdrawal does not affect the lawfulness of the processing before it.";
    ended_remedy: "Suostumus on päättynyt, eikä sinun tarvitse tehdä mitään. Sen perusteella saadut tiedot poistetaan, ellei laki edellytä niiden säilyttämistä. Voit pyytää palvelulta vahvistuksen poistamisesta.", "Samtycket har upphört och du behöver inte göra någonting. De uppgifter som tjänsten har fått med stöd av det raderas, om inte lagen kräver att de bevaras. Du kan be tjänsten bekräfta raderingen.", "The consent has ended and you need not do anything. Data obtained on the strength of it is erased, unless the law demands that it is kept. You can ask the service to confirm the erasure.";
    object_framework: "Voit vastustaa käsittelyä MyData-viitekehyksen mukaan. Palvelu tekee asiasta päätöksen ja perustelee sen. Tietosuoja-asetuksen 21 artiklan mukaista oikeutta vastustaa käsittelyä ei tällä perusteella ole.", "Du kan invända mot behandlingen enligt MyData-ramverket. Tjänsten fattar beslut och motiverar det. Rätten att göra invändningar enligt artikel 21 i dataskyddsförordningen gäller inte på denna grund.", "You can object to the processing under the MyData framework. The service decides and gives its reasons. On this basis there is no right to object under Article 21 of the GDPR.";
    online: "Verkossa", "På webben", "On the web";
    withdraw_here: "näytä tai peruuta suostumus", "se eller återkalla samtycket", "see or withdraw the consent";
    deal_here: "asioi verkossa", "uträtta ärendet på webben", "deal with it on the web";
    confirm_here: "pyydä vahvistus", "be om bekräftelse", "ask for confirmation";
    offline: "Muulla tavalla", "På annat sätt", "In another way";
    rights: "Muut oikeudet", "Övriga rättigheter", "Other rights";
    right_to: "oikeus", "rätt att", "the right to";
    right_to_ask: "oikeus pyytää", "rätt att begära", "the right to ask for";
    and: "ja", "och", "and";

    // Where it goes and stays.
    keeping: "Säilytys ja luovutus", "Förvaring och utlämnande", "Storage and sharing";
    recipients: "Luovutetaan edelleen", "Lämnas vidare till", "Passed on to";
    recipients_ended: "Sai luovuttaa edelleen", "Fick lämnas vidare till", "Was allowed to be passed on to";
    nobody: "ei kenellekään", "ingen", "nobody";
    storage: "Säilytyspaikka", "Förvaringsplats", "Where it is kept";
    retention: "Säilytysaika", "Förvaringstid", "How long it is kept";
    basis: "Käsittelyperuste", "Rättslig grund", "Legal basis";
    outside: "EU:n ja ETA:n ulkopuolella", "utanför EU och EES", "outside the EU and the EEA";

    // How it was agreed.
    agreed: "Miten suostumus annettiin", "Hur samtycket gavs", "How the consent was given";
    told_law: "Mitä käsittelystä on kerrottu", "Vad som har berättats om behandlingen", "What has been told of the processing";
    who: "Kuka antoi suostumuksen", "Vem gav samtycket", "Who gave the consent";
    known_as: "Tunnus palvelussa {}", "Id hos tjänsten {}", "Identifier at {}";
    signed_with: "allekirjoitusavain", "signeringsnyckel", "signing key";
    when: "Milloin", "När", "When";
    signed: "allekirjoitettu {}", "undertecknat den {}", "signed on {}";
    told: "Mitä kerrottiin", "Information som gavs", "What was told";
    told_at: "Kerrottu {}", "Gavs den {}", "Told on {}";
    shown: "Näytetty {}", "Visades den {}", "Shown on {}";
    archived: "Säilytetty teksti", "Den sparade texten", "The text as it was kept";
    notice: "Näytetyn tekstin SHA-256", "Den visade textens SHA-256", "SHA-256 of the text shown";
    description: "kuvaus", "beskrivning", "description";
    how: "Miten", "Hur", "How";
    explicit: "nimenomainen suostumus vain tähän", "uttryckligt samtycke som bara gäller detta", "explicit consent to this alone";
    with_other: "muun asioinnin yhteydessä", "i samband med ett annat ärende", "together with another matter";
    chosen: "Valittu", "Valt", "Chosen";
    withdrawn_when: "Peruutettu", "Återkallat", "Withdrawn";
    not_withdrawn: "ei", "nej", "no";
    minor: "Tiedot koskevat alaikäistä", "Uppgifterna gäller en minderårig", "The data is of somebody under age";
    age: "{} vuotta", "{} år", "{} years";
    age_one: "1 vuosi", "1 år", "1 year";
    acted: "päätöksen teki {}", "beslutet fattades av {}", "the decision was made by {}";
    acted_oneself: "alaikäinen itse", "den minderåriga själv", "the minor in person";
    acted_parent: "huoltaja", "vårdnadshavaren", "the guardian (parent)";
    acted_guardian: "määrätty edunvalvoja", "den förordnade intressebevakaren", "the appointed guardian";
    acted_mandate: "valtuutettu", "fullmaktshavaren", "the holder of a mandate";
    authority_to_act: "Oikeus toimia toisen puolesta", "Rätt att företräda", "Authority to act";
    assurance: "Tunnistamisen varmuustaso", "Tillitsnivå vid identifieringen", "Identification: level of assurance";
    custody: "Missä avain oli", "Var nyckeln fanns", "Where the key was";

    // What became of it.
    since: "Mitä sen jälkeen on tapahtunut", "Vad som har hänt därefter", "What has happened since";
    unchanged: "Ei muutoksia.", "Inga ändringar.", "No changes.";
    reason: "Syy", "Orsak", "Reason";
    subject_of_another: "henkilö, jota tiedot koskevat", "den person som uppgifterna gäller", "the person whose data this is";
    representative: "edustaja", "en företrädare", "a representative";
    only_source: "vain tiedot antavassa palvelussa", "bara hos tjänsten som lämnar uppgifterna", "only at the service that gives the data";
    only_sink: "vain tiedot saavassa palvelussa", "bara hos tjänsten som får uppgifterna", "only at the service that gets the data";

    // Whom to ask.
    contacts: "Keneen voit ottaa yhteyttä", "Vem du kan kontakta", "Whom to contact";
    role_controller: "Rekisterinpitäjä (saa tiedot)", "Personuppgiftsansvarig (får uppgifterna)", "Controller (gets the data)";
    role_user: "Rekisterinpitäjä", "Personuppgiftsansvarig", "Controller";
    role_source: "Rekisterinpitäjä (antaa tiedot)", "Personuppgiftsansvarig (lämnar uppgifterna)", "Controller (gives the data)";
    role_operator: "MyData-operaattori", "MyData-operatör", "MyData operator";
    role_authority: "Valvontaviranomainen", "Tillsynsmyndighet", "Supervisory authority";
    phone: "Puhelin", "Telefon", "Telephone";
    email: "Sähköposti", "E-post", "E-mail";
    site: "Verkkosivut", "Webbplats", "Website";
    business_id: "Y-tunnus", "FO-nummer", "Business ID";
    register_number: "Rekisterinumero", "Registernummer", "Register number";

    // For the record.
    record: "Kuitin tunnistetiedot", "Kvittots identifieringsuppgifter", "Details that identify the receipt";
    record_law: "Ilmoituksen tunnistetiedot", "Informationens identifieringsuppgifter", "Details that identify the notice";
    proven: "Kun sivu tehtiin, allekirjoitukset ja allekirjoitetut tiedot tarkistettiin.", "När sidan gjordes kontrollerades underskrifterna och de undertecknade uppgifterna.", "When this page was made, the signatures and what is signed were checked.";
    unproven: "Kun sivu tehtiin, allekirjoituksia ei tarkistettu.", "När sidan gjordes kontrollerades inga underskrifter.", "When this page was made, no signatures were checked.";
    unproven_head: "Tarkistamaton: tämän sivun tietoja ei ole todennettu.", "Okontrollerad: uppgifterna på sidan har inte verifierats.", "Not verified: nobody has checked what this page says.";
    proof: "Todiste on allekirjoitettu tiedosto, jonka sait sivun mukana: palvelupiste tai tarkastaja voi tarkistaa sen julkisilla avaimilla. Sivu itse ei ole todiste.", "Beviset är den undertecknade filen som du fick tillsammans med sidan: ett serviceställe eller en granskare kan kontrollera den med offentliga nycklar. Sidan i sig är inget bevis.", "The proof is the signed file that you were given with this page: a service desk or an auditor can check it with public keys. The page itself is no proof.";
    unchecked: "Mitä tarkistus ei osoita", "Vad kontrollen inte visar", "What the check does not show";
    applicable_law: "Sovelletaan lakia maassa", "Land vars lag tillämpas", "Country whose law applies";
    policy: "Tietosuoja ja ehdot", "Dataskydd och villkor", "Policy and terms";
    replaces: "Korvaa suostumuksen", "Ersätter samtycket", "Replaces the consent";
    documents: "Allekirjoitetut asiakirjat", "Undertecknade handlingar", "Signed documents";
    id: "Tunnus", "Id", "Id";
    this_receipt: "Tämä kuitti", "Detta kvitto", "This receipt";
    this_law: "Tämä ilmoitus", "Denna information", "This notice";
    consent_source: "Suostumus, tiedot antavan palvelun kappale", "Samtycke, exemplaret hos tjänsten som lämnar uppgifterna", "Consent, copy of the service that gives the data";
    consent_sink: "Suostumus, tiedot saavan palvelun kappale", "Samtycke, exemplaret hos tjänsten som får uppgifterna", "Consent, copy of the service that gets the data";
    consent_alone: "Suostumus", "Samtycke", "Consent";
    status: "tilan muutos", "ändrad status", "change of status";
    status_elsewhere: "Tilamuutosten tunnisteet ja tiivisteet ovat allekirjoitetussa tiedostossa ja tällä sivulla näytöllä luettuna.", "Statusändringarnas id och kontrollsummor finns i den undertecknade filen och på denna sida när den läses på skärm.", "The ids and digests of changes of status are in the signed file, and on this page when read on a screen.";
    link: "palveluyhteys", "tjänstekoppling", "service link";
    times: "Kellonajat", "Klockslag", "Times of day";
    qr: "QR-koodi: tunnus ja tiiviste", "QR-kod: identifierare och kontrollsumma", "QR code: identifier and digest";

    // Times that a clock shows twice, when summer time ends.
    summer_time: "kesäaikaa", "sommartid", "summer time";
    standard_time: "normaaliaikaa", "normaltid", "standard time";
}
