//! What follows from a message.

use mydata_core::id::{ConsentId, LinkCode, LinkId, ObjectionId, OperatorId};
use mydata_record::message::{LinkProposalDelivery, StatusQuery, SubscriptionConfirmation};

/// What the program around the service must do now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Let the person sign in and confirm, then call [`Service::confirm_linking`](crate::Service::confirm_linking).
    AskPerson {
        /// The linking.
        code: LinkCode,
    },
    /// Call [`Service::countersign`](crate::Service::countersign) with the service's key, and send the result.
    Countersign(LinkProposalDelivery),
    /// The link is made.
    Linked {
        /// The link.
        link_id: LinkId,
    },
    /// The link is over: forget what ties the person to it. Where they have objected under it, keep
    /// that the link was theirs, and nothing else: an accepted objection outlives its link
    /// ([`Service::may_use`](crate::Service::may_use)).
    Unlinked {
        /// The link.
        link_id: LinkId,
    },
    /// The consent is installed; a sink may ask for a token.
    Consented {
        /// The consent.
        cr_id: ConsentId,
    },
    /// Stop now whatever runs on this consent, also what is half done (CN-51, CN-53).
    Stop {
        /// The consent.
        cr_id: ConsentId,
    },
    /// The consent may be used again.
    Resume {
        /// The consent.
        cr_id: ConsentId,
    },
    /// Ask the operator what is missing, and give the answer to [`Service::catch_up`](crate::Service::catch_up) (CN-30).
    AskStatus {
        /// Whom.
        operator: OperatorId,
        /// What.
        query: StatusQuery,
    },
    //= FW-43
    /// The person has changed what they wish to be told: send this to the operator.
    ConfirmSubscription(SubscriptionConfirmation),
    //= OB-05, FW-50
    /// The person objects: look at what is processed about them now
    /// ([`Service::objected_processing`](crate::Service::objected_processing)), let somebody decide, and call
    /// [`Service::answer_objection`](crate::Service::answer_objection), with `pending` when it takes time.
    Decide {
        /// The objection.
        objection: ObjectionId,
    },
}

/// A message was accepted: acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the effects must be carried out, and the message acknowledged"]
#[expect(clippy::exhaustive_enums, reason = "it was new, or it was known")]
pub enum Installed {
    /// It was new.
    New(Vec<Effect>),
    /// It was known already; nothing has changed.
    Already,
}

impl Installed {
    /// The effects; none when the message was known already.
    #[must_use]
    pub fn effects(self) -> Vec<Effect> {
        match self {
            Self::New(effects) => effects,
            Self::Already => Vec::new(),
        }
    }
}
