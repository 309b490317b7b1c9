//! What has happened.

use crate::command::{Act, Told};
use crate::contract::ContractEntry;
use crate::lifecycle::{Verification, VerifiedBy};
use crate::linking::{Linking, Offer};
use crate::proposal::Proposal;
use mydata_core::crypto::Sha256;
use mydata_core::id::{
    ConsentId, ContractId, LinkCode, LinkId, ServiceId, SubscriptionId, TokenId,
};
use mydata_core::jws::{Sealed, Verified};
use mydata_core::time::Timestamp;
use mydata_record::chain::{Chain, Next};
use mydata_record::consent::Reason;
use mydata_record::consent::{AnyConsent, ConsentChange, ConsentStatus};
use mydata_record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata_record::notification::Subscription;
use mydata_record::objection::{ObjectionRequest, ObjectionResponse};
use mydata_token::claims::Token;

/// One thing that has happened to an account, when, and by whom: also the audit entry (FW-10).
//= FW-10, AC-43, AC-44
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Event {
    /// When it was decided.
    pub at: Timestamp,
    /// Who acted.
    pub act: Act,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// A linking began.
    LinkingStarted {
        /// Its code.
        code: LinkCode,
        /// Its state.
        linking: Linking,
    },
    /// The service brought a surrogate.
    SurrogateOffered {
        /// The linking.
        code: LinkCode,
        /// What it brought.
        offer: Offer,
    },
    /// The owner signed.
    LinkProposed {
        /// The linking.
        code: LinkCode,
        /// The record.
        record: Verified<LinkProposal>,
    },
    /// The service signed.
    Countersigned {
        /// The linking.
        code: LinkCode,
        /// The record.
        record: Verified<LinkRecord>,
    },
    /// The link is made.
    Linked {
        /// The linking.
        code: LinkCode,
        /// Its status: one record.
        chain: Chain<LinkStatus>,
    },
    /// A linking was given up.
    LinkingEnded {
        /// The linking.
        code: LinkCode,
    },
    /// A link changed.
    LinkChanged {
        /// The link.
        link_id: LinkId,
        /// Why.
        reason: Reason,
        /// The new status.
        next: Next<LinkStatus>,
    },
    /// A consent proposal was shown to the person, and is archived.
    ProposalShown {
        /// What was shown, octet for octet.
        proposal: Proposal,
        /// SHA-256 of the octets.
        hash: Sha256,
    },
    /// A consent was given.
    ConsentGiven {
        /// The record.
        record: AnyConsent,
        /// Its status: one record.
        chain: Chain<ConsentStatus>,
    },
    /// A consent changed.
    //= CN-18
    ConsentChanged {
        /// The consent.
        cr_id: ConsentId,
        /// The change.
        change: ConsentChange,
        /// Why.
        reason: Reason,
        /// Whether it follows a change of the sink's half.
        mirrored: bool,
        /// The new status.
        next: Next<ConsentStatus>,
    },
    /// A contract, or a newer version of one, was filed.
    ContractFiled {
        /// The version.
        entry: ContractEntry,
    },
    /// A contract was ended.
    ContractEnded {
        /// Whose it is.
        service_id: ServiceId,
        /// The contract.
        id: ContractId,
    },
    /// A token was issued.
    TokenIssued {
        /// The source's consent.
        cr_id: ConsentId,
        /// The token's id.
        jti: TokenId,
        /// When it was issued.
        iat: Timestamp,
        /// When it ends.
        exp: Timestamp,
        /// The token.
        token: Sealed<Token>,
    },
    /// The person was sent a code.
    VerificationAsked {
        /// For what.
        what: Verification,
        /// SHA-256 of the code.
        digest: Sha256,
        /// Until when it is good.
        expires: Timestamp,
    },
    /// The account is in use from now on.
    Activated {
        /// How the person was verified.
        by: VerifiedBy,
    },
    /// The owner may take everything out.
    ExportOpened {
        /// How the person was verified.
        by: VerifiedBy,
        /// Until when.
        until: Timestamp,
    },
    /// The owner has taken everything out.
    Exported,
    /// The account is to be deleted.
    Closing {
        /// How the person was verified.
        by: VerifiedBy,
        /// When the grace is over.
        until: Timestamp,
    },
    /// The deletion was undone.
    Reopened,
    /// The account has ended: no link is active.
    Ended,
    /// Everything was deleted.
    Erased,
    /// The person subscribed to notifications, or cancelled some.
    Subscribed {
        /// The link.
        link_id: LinkId,
        /// The record.
        record: Verified<Subscription>,
    },
    /// The service has the subscription.
    SubscriptionConfirmed {
        /// The link.
        link_id: LinkId,
        /// The subscription.
        id: SubscriptionId,
    },
    /// The service told the person something.
    Notified {
        /// The link.
        link_id: LinkId,
        /// What it told.
        notification: Told,
    },
    /// The person objected.
    Objected {
        /// The link.
        link_id: LinkId,
        /// The record.
        record: Verified<ObjectionRequest>,
    },
    /// The service answered an objection.
    ObjectionAnswered {
        /// The record; it names the objection.
        record: Verified<ObjectionResponse>,
    },
}
