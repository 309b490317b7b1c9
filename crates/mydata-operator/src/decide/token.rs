//! Tokens (Data Transfer 2.0 §3.1).

use crate::account::Account;
use crate::command::{Act, Capacity};
use crate::decision::{Decision, Reply};
use crate::env::Env;
use crate::event::Fact;
use crate::rejection::{Refusal, Rejection};
use mydata_core::crypto::SignerFailed;
use mydata_core::id::{ConsentId, TokenId};
use mydata_core::jws::{Sealed, Unsigned};
use mydata_record::consent::AnyConsent;
use mydata_record::message::TokenReply;
use mydata_token::claims::Token;

impl Account {
    /// A token for the sink's consent `cr_id`: both halves must stand (DT-18); an earlier token is
    /// given again while it is far enough from its end (DT-12, DT-20).
    //= CN-46, DT-11, DT-12, DT-14, DT-17, DT-18, DT-58
    pub(super) fn issue_token(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let consent = self.consent(cr_id).ok_or(Refusal::ConsentUnknown)?;
        if act.capacity != Capacity::Service(consent.terms().subject_id.clone()) {
            // To another service the consent does not exist.
            return Err(Refusal::ConsentUnknown.into());
        }
        let source_id = consent.source().ok_or(Refusal::ConsentNotSinks)?;
        let source = self.consent(source_id).ok_or(Refusal::ConsentUnknown)?;
        let AnyConsent::Source(record) = &source.record else {
            return Err(Refusal::PairMismatch.into());
        };
        self.standing_of(consent, env.now).permit()?;
        self.standing_of(source, env.now).permit()?;
        let policy = &env.operator.timing().tokens;
        if let Some(earlier) = &source.token
            && policy.reusable(earlier.exp, earlier.iat, env.now)
        {
            d.reply = reply(&earlier.token)?;
            return Ok(());
        }
        let signer = env.operator.token_signer(record.token_issuer_key())?;
        //= DT-53
        let jti = TokenId::from_random(env.random.bits128()?);
        let claims = Token::for_consent(record, env.now, policy, jti.clone(), env.crypto)?;
        let (iat, exp) = (claims.iat(), claims.exp());
        let token = Unsigned::new(claims).sign(signer)?.seal();
        d.reply = reply(&token)?;
        let fact = Fact::TokenIssued {
            cr_id: source_id.clone(),
            jti,
            iat,
            exp,
            token,
        };
        d.record(env.now, act, fact);
        Ok(())
    }
}

fn reply(token: &Sealed<Token>) -> Result<Reply, SignerFailed> {
    let auth_token = token.to_compact().ok_or(SignerFailed::new())?;
    Ok(Reply::Token(TokenReply { auth_token }))
}
