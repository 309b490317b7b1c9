//! Who has sent this request?

use super::denial::{AccessRefusal, AccessRule};
use super::presented::{Presented, Proven};
use super::{HeldConsent, Question};
use crate::cache::{Known, TokenCache};
use crate::claims::{Token, TokenText};
use crate::proof::ProofRefusal;
use mydata_core::id::ConsentId;
use mydata_core::jws::Verified;
use mydata_core::party::{Party, PartyKeys};
use mydata_record::consent::Consent;

/// A request that the sink of a consent that we hold has signed: this request, and about now.
pub(super) struct Authentic<'a> {
    pub(super) held: HeldConsent<'a>,
    pub(super) token: Verified<Token>,
    pub(super) proof: Proven,
}

pub(super) fn authenticate<'a>(
    question: &Question<'a>,
    cache: Option<&TokenCache>,
) -> Result<Authentic<'a>, AccessRefusal> {
    let Question {
        request,
        now,
        crypto,
        ..
    } = *question;

    let presented = Presented::read(question.authorization, request)?;

    // A token names a consent; that consent, and nothing in the request, brings the keys (CN-84,
    // CN-85). A kept token counts only when the key of the consent as it is now verified it.
    let text = presented.token();
    let cache = cache.map(|cache| (cache, crypto.sha256(text.as_str().as_bytes())));
    let kept = cache
        .and_then(|(cache, digest)| cache.find(&digest, now))
        .and_then(|known| Some((held(question, known.token.consent()).ok()?, known)))
        .filter(|(held, known)| known.issuer == *held.consent.token_issuer_key());
    let (held, known) = match kept {
        Some(kept) => kept,
        None => verify_token(question, text)?,
    };
    check_token(&known.token, &held, question)?;

    // The sink has chosen one way to prove its key; nobody else may choose the other for it.
    if presented.scheme() != held.consent.proof_scheme() {
        return Err(ProofRefusal::SchemeOther.into());
    }
    //= DT-39
    let proof = presented
        .verify(crypto, held.consent.pop_key())
        .map_err(AccessRefusal::ProofJws)?;
    proof.check(request, (now, &question.window), crypto)?;

    let token = known.token.clone();
    if let Some((cache, digest)) = cache {
        cache.keep(digest, known, now);
    }
    Ok(Authentic { held, token, proof })
}

//= DT-36
fn held<'a>(question: &Question<'a>, id: &ConsentId) -> Result<HeldConsent<'a>, AccessRefusal> {
    let held = question.consents.source_consent(id);
    held.ok_or(AccessRule::ConsentUnknown.into())
}

/// The long way: open the token, find its consent, verify with that consent's key.
//= DT-37, DT-55
fn verify_token<'a>(
    question: &Question<'a>,
    text: &TokenText,
) -> Result<(HeldConsent<'a>, Known), AccessRefusal> {
    let token = text
        .sealed()
        .and_then(|sealed| sealed.open())
        .map_err(AccessRefusal::TokenJws)?;
    let held = held(question, token.hint())?;
    let issuer = held.consent.token_issuer_key();
    let keys = PartyKeys::none().with_key(Party::Operator, issuer);
    let token = token
        .verify(question.crypto, &keys)
        .map_err(AccessRefusal::TokenJws)?;
    let issuer = issuer.clone();
    Ok((held, Known { token, issuer }))
}

/// Whether the token is about this consent, and in time (DT-38, DT-39, DT-47 to DT-54); asked of
/// kept tokens too.
//= DT-38, DT-39, DT-47, DT-48, DT-50, DT-51, DT-54
fn check_token(
    token: &Token,
    held: &HeldConsent<'_>,
    question: &Question<'_>,
) -> Result<(), AccessRule> {
    let terms = held.consent.terms();
    if *token.issuer() != terms.operator {
        return Err(AccessRule::IssuerMismatch);
    }
    if *token.consent() != terms.cr_id {
        return Err(AccessRule::ConsentMismatch);
    }
    let consent = held.consent;
    if !token.confirms(consent.pop_key(), consent.proof_scheme(), question.crypto) {
        return Err(AccessRule::KeyMismatch);
    }
    let ahead = question.now.plus(question.window.token_leeway());
    if ahead < token.nbf() || ahead < token.iat() {
        return Err(AccessRule::TokenNotYetValid);
    }
    if question.now >= token.exp() {
        return Err(AccessRule::TokenExpired);
    }
    Ok(())
}
