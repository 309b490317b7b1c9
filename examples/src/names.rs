//! The names of the story, as the town's descriptions have them.

use crate::post::Refused;
use crate::talk::Question;
use mydata::core::id::{AccountId, DatasetId, NotificationTypeId, PurposeId, ServiceId};
use mydata::core::lang::Language;
use mydata::core::resource::ResourceUrl;

/// The names that the story is about.
#[derive(Debug)]
pub struct Names {
    /// The account of the resident. It never leaves the operator.
    pub account: AccountId,
    /// The source.
    pub espoo: ServiceId,
    /// The sink.
    pub helsinki: ServiceId,
    /// What the sink asks consent for.
    pub purpose: PurposeId,
    /// What the law demands, so nobody is asked.
    pub by_law: PurposeId,
    /// What the sink may do by law until she objects.
    pub planning: PurposeId,
    /// The same, when she allows it.
    pub planning_consented: PurposeId,
    /// What the sink must do, whether she objects or not.
    pub statistics: PurposeId,
    /// The sink's own dataset of wishes.
    pub own_wishes: DatasetId,
    /// What she wishes to be told.
    pub offered: NotificationTypeId,
    /// What she does not.
    pub closed: NotificationTypeId,
    /// Required for the purpose.
    pub wishes: DatasetId,
    /// Optional for the purpose.
    pub needs: DatasetId,
    /// Moves by law.
    pub placement: DatasetId,
    /// Moves by law.
    pub plan: DatasetId,
    /// Where the wishes are fetched.
    pub wishes_url: ResourceUrl,
    /// Where the needs are fetched.
    pub needs_url: ResourceUrl,
}

impl Names {
    /// As they stand in the town.
    ///
    /// # Errors
    /// Never, unless a name here is mistyped.
    pub fn new() -> Result<Self, Refused> {
        Ok(Self {
            account: AccountId::parse("account-of-somebody-4b1f")?,
            espoo: ServiceId::parse("esp-vaka.source")?,
            helsinki: ServiceId::parse("hki-vaka.sink")?,
            purpose: PurposeId::parse("hki-vaka/ecec-transfer-wishes")?,
            by_law: PurposeId::parse("hki-vaka/ecec-transfer-necessary")?,
            planning: PurposeId::parse("hki-vaka/place-planning")?,
            planning_consented: PurposeId::parse("hki-vaka/place-planning-consented")?,
            statistics: PurposeId::parse("hki-vaka/statistics")?,
            own_wishes: DatasetId::parse("ecec.wishes")?,
            offered: NotificationTypeId::parse("hki-vaka/place-offered")?,
            closed: NotificationTypeId::parse("hki-vaka/closed-day")?,
            wishes: DatasetId::parse("esp-vaka/ecec.wishes")?,
            needs: DatasetId::parse("esp-vaka/ecec.needs")?,
            placement: DatasetId::parse("esp-vaka/ecec.placement")?,
            plan: DatasetId::parse("esp-vaka/ecec.plan")?,
            wishes_url: ResourceUrl::parse("https://esp-vaka.town.example/datasets/ecec.wishes")?,
            needs_url: ResourceUrl::parse("https://esp-vaka.town.example/datasets/ecec.needs")?,
        })
    }

    /// What Helsinki asks for `purpose`, to be read in `language`.
    #[must_use]
    pub fn question(&self, purpose: &PurposeId, language: Language) -> Question {
        Question {
            source: self.espoo.clone(),
            sink: self.helsinki.clone(),
            purpose: purpose.clone(),
            language,
        }
    }
}
