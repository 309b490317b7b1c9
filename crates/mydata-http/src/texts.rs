//! What a refusal means to a resident, in Finnish, Swedish and English: one table.
//!
//! Each text says what is the case and, where there is something, what to do. Codes that differ for a
//! program only share a text.

mod program;

use mydata::core::lang::Trilingual;
use program::PROGRAM;

/// The words for a code; none for one that no resident is told.
#[must_use]
pub fn text(code: &str) -> Option<Trilingual> {
    let row = TABLE.iter().find(|(codes, _)| codes.contains(&code));
    row.map(|(_, text)| *text)
}

const fn say(fi: &'static str, sv: &'static str, en: &'static str) -> Trilingual {
    Trilingual { fi, sv, en }
}

/// Codes, and the words for them.
const TABLE: &[(&[&str], Trilingual)] = &[
    (
        &["resident_token_missing", "resident_token_invalid"],
        say(
            "Tunnistautumisesi ei ole voimassa. Kirjaudu uudelleen.",
            "Din identifiering gäller inte. Logga in på nytt.",
            "You are not signed in any more. Sign in again.",
        ),
    ),
    (
        &["resident_assurance"],
        say(
            "Tähän tarvitaan vahvempi tai tuoreempi tunnistautuminen. Tunnistaudu uudelleen esimerkiksi pankkitunnuksilla.",
            "Det här kräver en starkare eller färskare identifiering. Identifiera dig på nytt, till exempel med bankkoder.",
            "This needs a stronger or more recent identification. Identify yourself again, for instance with your bank.",
        ),
    ),
    (
        &[
            "store_account_unknown",
            "store_account_erased",
            "account_mismatch",
            "capacity_not_allowed",
        ],
        say(
            "Tiliä ei löydy, tai sinulla ei ole oikeutta siihen.",
            "Kontot finns inte, eller så har du inte rätt till det.",
            "There is no such account, or you have no right to it.",
        ),
    ),
    (
        &["store_account_exists"],
        say(
            "Sinulla on jo tili.",
            "Du har redan ett konto.",
            "You have an account already.",
        ),
    ),
    (
        &["operator_identity_taken"],
        say(
            "Tämä tunnistautuminen kuuluu jo toiseen tiliin.",
            "Den här identifieringen hör redan till ett annat konto.",
            "This identity belongs to another account.",
        ),
    ),
    (
        &["username_taken"],
        say(
            "Käyttäjätunnus on varattu. Valitse toinen.",
            "Användarnamnet är upptaget. Välj ett annat.",
            "The username is taken. Choose another.",
        ),
    ),
    (
        &["registration_username_invalid"],
        say(
            "Käyttäjätunnuksessa on 3–250 kirjainta, numeroa tai merkkiä . _ - + @, ilman ääkkösiä.",
            "Ett användarnamn har 3–250 bokstäver, siffror eller tecknen . _ - + @, utan å, ä och ö.",
            "A username has 3 to 250 letters, digits and . _ - + @, without accents.",
        ),
    ),
    (
        &["registration_name_invalid"],
        say(
            "Kirjoita etunimesi ja sukunimesi.",
            "Skriv ditt förnamn och ditt efternamn.",
            "Write your first name and your last name.",
        ),
    ),
    (
        &["registration_email_invalid"],
        say(
            "Tarkista sähköpostiosoite.",
            "Kontrollera e-postadressen.",
            "Check the e-mail address.",
        ),
    ),
    (
        &["registration_date_invalid"],
        say(
            "Tarkista syntymäaika.",
            "Kontrollera födelsedatumet.",
            "Check the date of birth.",
        ),
    ),
    (
        &["registration_not_natural_person"],
        say(
            "Tili on yksityishenkilölle. Vahvista, että se on sinua varten.",
            "Kontot är för en privatperson. Bekräfta att det är för dig.",
            "An account is for a person. Confirm that it is for you.",
        ),
    ),
    (
        &["operator_person_large"],
        say(
            "Tietoja tai asetuksia on liikaa. Poista osa niistä ja yritä uudelleen.",
            "Uppgifterna eller inställningarna är för många. Ta bort en del av dem och försök igen.",
            "There are too many details or settings. Remove some of them and try again.",
        ),
    ),
    (
        &["resident_person_unknown"],
        say(
            "Tilistä ei ole tallennettu henkilötietoja. Ota yhteyttä ylläpitoon.",
            "Det finns inga sparade personuppgifter för kontot. Kontakta kundtjänsten.",
            "No personal details are kept for this account. Contact the operator.",
        ),
    ),
    (
        &["account_not_activated"],
        say(
            "Ota tilisi ensin käyttöön sinulle lähetetyllä koodilla.",
            "Ta först ditt konto i bruk med koden som du har fått.",
            "First activate your account with the code that you were sent.",
        ),
    ),
    (
        &["account_activated"],
        say(
            "Tili on jo käytössä.",
            "Kontot är redan i bruk.",
            "The account is in use already.",
        ),
    ),
    (
        &["account_closing"],
        say(
            "Tiliäsi poistetaan, joten uutta ei voi enää tehdä. Voit vielä perua poiston.",
            "Ditt konto håller på att raderas, så inget nytt kan göras. Du kan ännu ångra raderingen.",
            "Your account is being deleted, so nothing new can be made. You can still undo the deletion.",
        ),
    ),
    (
        &["account_not_closing"],
        say(
            "Tilin poistoa ei ole pyydetty.",
            "Ingen radering av kontot har begärts.",
            "Deletion of the account was not asked for.",
        ),
    ),
    (
        &["account_ended"],
        say(
            "Tili on päättynyt.",
            "Kontot är avslutat.",
            "The account has ended.",
        ),
    ),
    (
        &["grace_over"],
        say(
            "Poistoa ei voi enää perua: määräaika on päättynyt.",
            "Raderingen kan inte längre ångras: tidsfristen har gått ut.",
            "The deletion cannot be undone any more: the time is up.",
        ),
    ),
    (
        &["verification_unknown"],
        say(
            "Tätä ei odoteta vahvistettavaksi. Pyydä uusi koodi.",
            "Det finns inget sådant att bekräfta. Be om en ny kod.",
            "Nothing of this kind waits to be confirmed. Ask for a new code.",
        ),
    ),
    (
        &["verification_expired"],
        say(
            "Koodi on vanhentunut. Pyydä uusi koodi.",
            "Koden har gått ut. Be om en ny kod.",
            "The code is too old. Ask for a new one.",
        ),
    ),
    (
        &["verification_wrong"],
        say(
            "Koodi on väärä. Tarkista se.",
            "Koden är fel. Kontrollera den.",
            "The code is wrong. Check it.",
        ),
    ),
    (
        &["verification_many"],
        say(
            "Koodeja on pyydetty liian monta. Yritä uudelleen tunnin kuluttua.",
            "För många koder har begärts. Försök igen om en timme.",
            "Too many codes were asked for. Try again in an hour.",
        ),
    ),
    (
        &["resident_letter_unsent"],
        say(
            "Koodia ei voitu lähettää. Pyydä uusi koodi hetken kuluttua.",
            "Koden kunde inte skickas. Be om en ny kod om en stund.",
            "The code could not be sent. Ask for a new one in a moment.",
        ),
    ),
    (
        &["export_not_verified", "export_permit_over"],
        say(
            "Vahvista ensin koodilla, että haluat kopion tiedoistasi.",
            "Bekräfta först med en kod att du vill ha en kopia av dina uppgifter.",
            "First confirm with a code that you want a copy of your data.",
        ),
    ),
    (
        &["resident_service_unknown"],
        say(
            "Palvelua ei löydy.",
            "Tjänsten finns inte.",
            "There is no such service.",
        ),
    ),
    (
        &["service_suspended"],
        say(
            "Palveluun ei voi juuri nyt luoda uusia yhteyksiä eikä antaa suostumuksia.",
            "Tjänsten tar just nu inte emot nya kopplingar eller samtycken.",
            "The service takes no new links or consents at the moment.",
        ),
    ),
    (
        &["description_stale"],
        say(
            "Palvelu on muuttanut kuvaustaan. Avaa lomake uudelleen ja lue, mikä on muuttunut.",
            "Tjänsten har ändrat sin beskrivning. Öppna formuläret på nytt och läs vad som har ändrats.",
            "The service has changed its description. Open the form again and read what has changed.",
        ),
    ),
    (
        &["link_exists"],
        say(
            "Olet jo yhdistänyt tämän palvelun.",
            "Du har redan kopplat den här tjänsten.",
            "You have linked this service already.",
        ),
    ),
    (
        &["link_unknown"],
        say(
            "Yhteyttä ei löydy. Yhdistä palvelu ensin.",
            "Kopplingen finns inte. Koppla tjänsten först.",
            "There is no such link. Link the service first.",
        ),
    ),
    (
        &["link_removed"],
        say(
            "Yhteys palveluun on purettu. Yhdistä palvelu uudelleen, jos haluat käyttää sitä.",
            "Kopplingen till tjänsten har tagits bort. Koppla tjänsten på nytt om du vill använda den.",
            "The link to the service has been removed. Link it again if you want to use it.",
        ),
    ),
    (
        &["linking_unknown", "linking_expired"],
        say(
            "Yhdistäminen on jo valmis tai kesti liian kauan. Tarkista yhteytesi tai aloita uudelleen.",
            "Kopplingen är redan klar eller tog för lång tid. Se efter bland dina kopplingar eller börja om.",
            "The linking is finished already, or took too long. Look at your links, or begin again.",
        ),
    ),
    (
        &["linking_stage"],
        say(
            "Yhdistäminen on toisessa vaiheessa. Jatka palvelussa.",
            "Kopplingen är i ett annat skede. Fortsätt i tjänsten.",
            "The linking is at another step. Go on at the service.",
        ),
    ),
    (
        &["linking_many"],
        say(
            "Liian monta yhdistämistä on kesken. Vie ne loppuun tai odota puoli tuntia.",
            "För många kopplingar är på gång. Slutför dem eller vänta en halvtimme.",
            "Too many linkings are under way. Finish them, or wait half an hour.",
        ),
    ),
    (
        &["surrogate_reused", "surrogate_mismatch", "store_id_taken"],
        say(
            "Palvelun antama tunnus on jo käytössä. Aloita yhdistäminen palvelussa uudelleen.",
            "Beteckningen som tjänsten gav är redan i bruk. Börja kopplingen på nytt i tjänsten.",
            "The name that the service has given is in use already. Begin the linking at the service again.",
        ),
    ),
    (
        &["consent_unknown", "status_record_unknown"],
        say(
            "Suostumusta ei löydy.",
            "Samtycket finns inte.",
            "There is no such consent.",
        ),
    ),
    (
        &["consent_exists"],
        say(
            "Olet jo antanut suostumuksen näiden palvelujen välille. Muuta sitä tai peruuta se ensin.",
            "Du har redan gett ett samtycke mellan de här tjänsterna. Ändra det eller återkalla det först.",
            "You have given a consent between these services already. Change it, or withdraw it first.",
        ),
    ),
    (
        &["consent_withdrawn", "chain_terminal"],
        say(
            "Tämä on jo päättynyt, eikä sitä voi enää muuttaa.",
            "Det här har redan upphört och kan inte längre ändras.",
            "This has ended already and cannot be changed any more.",
        ),
    ),
    (
        &["consent_disabled"],
        say(
            "Suostumus on keskeytetty.",
            "Samtycket är pausat.",
            "The consent is paused.",
        ),
    ),
    (
        &["consent_expired"],
        say(
            "Suostumuksen voimassaolo on päättynyt. Anna uusi suostumus, jos haluat jatkaa.",
            "Samtycket har gått ut. Ge ett nytt samtycke om du vill fortsätta.",
            "The consent has run out. Give a new one if you want to go on.",
        ),
    ),
    (
        &["consent_not_yet_valid"],
        say(
            "Suostumus ei ole vielä voimassa.",
            "Samtycket gäller inte ännu.",
            "The consent has not begun.",
        ),
    ),
    (
        &["consent_status_unknown"],
        say(
            "Suostumuksen tilaa ei voitu varmistaa. Yritä myöhemmin uudelleen.",
            "Samtyckets status kunde inte bekräftas. Försök igen senare.",
            "The status of the consent could not be confirmed. Try again later.",
        ),
    ),
    (
        &["chain_transition_not_allowed"],
        say(
            "Suostumus on jo tässä tilassa.",
            "Samtycket har redan den statusen.",
            "The consent is in this state already.",
        ),
    ),
    (
        &["reactivation_not_yours", "reason_not_allowed"],
        say(
            "Suostumuksen on keskeyttänyt joku muu, joten et voi jatkaa sitä itse. Kysy ylläpidolta.",
            "Någon annan har pausat samtycket, så du kan inte själv låta det fortsätta. Fråga kundtjänsten.",
            "Somebody else has paused the consent, so you cannot resume it yourself. Ask the operator.",
        ),
    ),
    (
        &["sink_not_active"],
        say(
            "Jatka ensin tietoja käyttävän palvelun suostumusta.",
            "Låt först samtycket för tjänsten som använder uppgifterna fortsätta.",
            "First resume the consent of the service that uses the data.",
        ),
    ),
    (
        &[
            "proposal_unknown",
            "proposal_late",
            "proposal_other_description",
            "proposal_other_language",
            "proposal_altered",
        ],
        say(
            "Lomake on vanhentunut. Avaa se uudelleen ja lue se ennen kuin päätät.",
            "Formuläret är inaktuellt. Öppna det på nytt och läs det innan du bestämmer dig.",
            "The form is out of date. Open it again, and read it before you decide.",
        ),
    ),
    (
        &["proposal_many"],
        say(
            "Olet avannut vuorokauden aikana liian monta suostumuslomaketta. Sinun ei tarvitse hyväksyä mitään. Yritä myöhemmin uudelleen.",
            "Du har öppnat för många samtyckesformulär under ett dygn. Du behöver inte samtycka till något. Försök igen senare.",
            "You have opened too many consent forms within a day. You need not agree to anything. Try again later.",
        ),
    ),
    (
        &["proposal_text_missing"],
        say(
            "Palvelu ei kerro tästä valitsemallasi kielellä. Valitse toinen kieli.",
            "Tjänsten berättar inte om det här på det språk du valt. Välj ett annat språk.",
            "The service does not tell of this in the language that you chose. Choose another language.",
        ),
    ),
    (
        &[
            "purpose_unknown",
            "purpose_not_consent",
            "purpose_source",
            "proposal_no_purpose",
            "proposal_purpose_unknown",
            "proposal_source",
        ],
        say(
            "Palvelulla ei ole tällaista käyttötarkoitusta, johon voisi suostua.",
            "Tjänsten har inget sådant ändamål som man kan samtycka till.",
            "The service has no such purpose that one could consent to.",
        ),
    ),
    (
        &["purpose_too_long", "consent_validity"],
        say(
            "Valitse lyhyempi voimassaoloaika.",
            "Välj en kortare giltighetstid.",
            "Choose a shorter time.",
        ),
    ),
    (
        &["dataset_required"],
        say(
            "Jätit pois tietoja, joita ilman palvelu ei toimi. Valitse ne tai jätä suostumus antamatta.",
            "Du har lämnat bort uppgifter som tjänsten inte fungerar utan. Välj dem eller låt bli att samtycka.",
            "You left out data without which the service does not work. Choose it, or do not consent.",
        ),
    ),
    (
        &[
            "dataset_unknown",
            "dataset_not_for_purpose",
            "dataset_without_purpose",
            "consent_usage_rules",
            "consent_no_distribution",
        ],
        say(
            "Valitsemasi tiedot eivät sovi käyttötarkoitukseen. Avaa lomake uudelleen.",
            "Uppgifterna du valt passar inte ändamålet. Öppna formuläret på nytt.",
            "The data that you chose does not fit the purpose. Open the form again.",
        ),
    ),
    (
        &[
            "modification_services",
            "modification_of_source",
            "source_is_sink",
            "pop_key_missing",
            "pair_mismatch",
        ],
        say(
            "Näiden palvelujen välillä suostumusta ei voi antaa tai muuttaa näin.",
            "Mellan de här tjänsterna kan samtycket inte ges eller ändras så här.",
            "A consent between these services cannot be given or changed in this way.",
        ),
    ),
    (
        &[
            "resident_key_elsewhere",
            "resident_key_missing",
            "change_not_signed",
        ],
        say(
            "Tähän tarvitaan allekirjoitus omalla avaimellasi. Avaa lompakkosovelluksesi.",
            "Det här kräver en underskrift med din egen nyckel. Öppna din plånboksapp.",
            "This needs a signature with your own key. Open your wallet app.",
        ),
    ),
    (
        &["notifications_not_offered"],
        say(
            "Palvelu ei tarjoa näitä ilmoituksia.",
            "Tjänsten erbjuder inte de här meddelandena.",
            "The service does not offer these notifications.",
        ),
    ),
    (
        &["objection_not_offered"],
        say(
            "Palvelu ei ota vastustamisia vastaan tätä kautta. Ota yhteyttä palveluun.",
            "Tjänsten tar inte emot invändningar den här vägen. Kontakta tjänsten.",
            "The service takes no objections in this way. Contact the service.",
        ),
    ),
    (
        &["objection_basis", "objection_scope", "objection_items"],
        say(
            "Tätä käsittelyä ei voi vastustaa. Jos se perustuu suostumukseen, voit peruuttaa suostumuksen.",
            "Den här behandlingen kan man inte invända mot. Bygger den på ditt samtycke kan du återkalla samtycket.",
            "One cannot object to this processing. If it rests on your consent, you can withdraw the consent.",
        ),
    ),
    (
        &["objection_unknown"],
        say(
            "Vastustamista ei löydy.",
            "Invändningen finns inte.",
            "There is no such objection.",
        ),
    ),
    (
        &["store_key_reused"],
        say(
            "Samalla pyynnöllä on jo pyydetty jotain muuta. Yritä uudelleen.",
            "Med samma begäran har redan något annat begärts. Försök på nytt.",
            "Something else was asked with the same request before. Try again.",
        ),
    ),
    (
        &[
            "http_busy",
            "http_late",
            "http_later",
            "http_unreachable",
            "operator_busy",
            "operator_contended",
            "operator_closing",
            "replay_guard_full",
            "replay_guard_memory",
            "resident_provider_unavailable",
            "store_busy",
            "store_full",
            "store_locked",
            "store_read_only",
            "store_stopped",
            "store_unavailable",
            "too_many_linkings",
        ],
        say(
            "Palvelu on juuri nyt ruuhkautunut tai poissa käytöstä. Yritä hetken kuluttua uudelleen.",
            "Tjänsten är just nu överbelastad eller ur bruk. Försök igen om en stund.",
            "The service is busy or out of order at the moment. Try again in a moment.",
        ),
    ),
    (
        &["http_rate"],
        say(
            "Pyyntöjä tuli liian monta lyhyessä ajassa. Odota hetki ja yritä uudelleen.",
            "För många begäranden kom på kort tid. Vänta en stund och försök igen.",
            "Too many requests came in a short time. Wait a moment and try again.",
        ),
    ),
    (
        &["store_outcome_unknown"],
        say(
            "Ei ole varmaa, ehtikö pyyntösi perille. Lähetä sama uudelleen: se tehdään vain kerran.",
            "Det är osäkert om din begäran hann fram. Skicka samma begäran igen: den utförs bara en gång.",
            "It is not certain that your request arrived. Send the same again: it is done only once.",
        ),
    ),
    (
        &["http_internal"],
        say(
            "Jokin meni vikaan meidän puolellamme. Yritä myöhemmin uudelleen.",
            "Något gick fel hos oss. Försök igen senare.",
            "Something went wrong on our side. Try again later.",
        ),
    ),
    (
        &["http_path_unknown", "http_method_unknown"],
        say(
            "Sivua tai toimintoa ei löydy.",
            "Sidan eller funktionen finns inte.",
            "There is no such page or function.",
        ),
    ),
    (PROGRAM, OF_PROGRAM),
];

/// What only a program can have done wrong.
const OF_PROGRAM: Trilingual = say(
    "Sovellus lähetti pyynnön, jota ei voida käsitellä. Vika ei ole sinussa: kerro siitä sovelluksen ylläpidolle.",
    "Appen skickade en begäran som inte kan behandlas. Felet är inte ditt: berätta om det för den som sköter appen.",
    "The app sent a request that cannot be handled. It is not your fault: tell whoever runs the app.",
);
