//! Giving a consent (Consenting 2.0 §3.1).

use super::rules::{Halves, check_terms};
use crate::account::Account;
use crate::command::{Act, NewConsent, PairConsent};
use crate::decision::Decision;
use crate::env::{Env, Registered};
use crate::event::Fact;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::RecordId;
use mydata_core::jws::Verified;
use mydata_record::chain::Chain;
use mydata_record::consent::{AnyConsent, Consent as _, ConsentStatus, SingleConsent, Terms};
use mydata_record::message::{ConsentDelivery, ToService};

impl Account {
    pub(super) fn give_consent(
        &self,
        act: &Act,
        consent: &NewConsent,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        match consent {
            NewConsent::Single {
                service,
                record,
                status,
            } => self.give_single(act, service, record, status, env, d),
            NewConsent::Pair(pair) => self.give_pair(act, pair, env, d),
        }
    }

    //= CN-02, CN-04, CN-47, AC-42
    fn give_single(
        &self,
        act: &Act,
        service: &Registered,
        record: &Verified<SingleConsent>,
        status: &Verified<ConsentStatus>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        self.signed_by_owner(record)?;
        self.check_single(service, record, env)?;
        let chain = self.first_status(record.terms(), status, env)?;
        let delivery = ConsentDelivery {
            cr: record.seal(),
            csr: status.seal(),
        };
        d.tell(
            &record.terms().subject_id,
            ToService::SingleConsent(delivery),
        );
        let fact = Fact::ConsentGiven {
            record: AnyConsent::Single(record.clone()),
            chain,
        };
        d.record(env.now, act, fact);
        Ok(())
    }

    //= CN-05, CN-45, CN-47, CN-48, AC-41, AC-42
    fn give_pair(
        &self,
        act: &Act,
        pair: &PairConsent,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        self.signed_by_owner(&pair.source)?;
        self.signed_by_owner(&pair.sink)?;
        let halves = Halves {
            source_service: &pair.source_service,
            sink_service: &pair.sink_service,
            source: &pair.source,
            sink: &pair.sink,
        };
        self.check_pair(&halves, env)?;
        let (source, sink) = (pair.source.terms(), pair.sink.terms());
        if pair.source_status.record_id == pair.sink_status.record_id {
            return Err(Refusal::RecordIdTaken.into());
        }
        let source_chain = self.first_status(source, &pair.source_status, env)?;
        let sink_chain = self.first_status(sink, &pair.sink_status, env)?;
        let to_source = ConsentDelivery {
            cr: pair.source.seal(),
            csr: pair.source_status.seal(),
        };
        let to_sink = ConsentDelivery {
            cr: pair.sink.seal(),
            csr: pair.sink_status.seal(),
        };
        // The source first, so that the sink's first request does not find it unprepared.
        d.tell(&source.subject_id, ToService::SourceConsent(to_source));
        d.tell(&sink.subject_id, ToService::SinkConsent(to_sink));
        let given = |record, chain| Fact::ConsentGiven { record, chain };
        let record = AnyConsent::Source(pair.source.clone());
        d.record(env.now, act, given(record, source_chain));
        let record = AnyConsent::Sink(pair.sink.clone());
        d.record(env.now, act, given(record, sink_chain));
        Ok(())
    }

    fn first_status(
        &self,
        terms: &Terms,
        status: &Verified<ConsentStatus>,
        env: &Env<'_>,
    ) -> Result<Chain<ConsentStatus>, Rejection> {
        self.signed_by_owner(status)?;
        super::sign::recent(status.iat, env)?;
        self.record_id_is_new(&status.record_id)?;
        Ok(Chain::begin(
            status.clone(),
            &terms.cr_id,
            &terms.surrogate_id,
        )?)
    }

    /// Status record ids are unique in the account (SL-51, CN-91).
    //= SL-51, CN-91
    pub(super) fn record_id_is_new(&self, id: &RecordId) -> Result<(), Refusal> {
        let in_links = self
            .links()
            .any(|(_, link)| link.chain.iter().any(|record| record.record_id == *id));
        let in_consents = self
            .consents()
            .any(|(_, consent)| consent.chain.iter().any(|record| record.record_id == *id));
        if in_links || in_consents {
            return Err(Refusal::RecordIdTaken);
        }
        Ok(())
    }

    /// Everything about a single-service consent but its signatures.
    pub(crate) fn check_single(
        &self,
        service: &Registered,
        record: &SingleConsent,
        env: &Env<'_>,
    ) -> Result<(), Rejection> {
        check_terms(self, service, record.terms(), env)?;
        super::rules::check_internal(&service.description, record.terms())?;
        let description = &service.description;
        super::rules::check_usage(
            description,
            description,
            record.terms(),
            record.usage_rules(),
        )?;
        self.not_in_force(record.terms(), None, record.usage_rules(), env)?;
        Ok(())
    }
}
