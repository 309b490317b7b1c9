use mydata_core::refusals;

refusals! {
    /// What 2.0 demands and a record or description of an older system does not say: what a migration
    /// must find out, and ask the person about, before anything is signed anew.
    pub enum Gap {
        DescriptionVersion = "legacy_gap_description_version": "no `service_description_version` (C05)",
        Proposal = "legacy_gap_proposal": "no `consent_proposal`: what the person was shown is not on record",
        PurposeIds = "legacy_gap_purpose_ids": "the purposes are titles: their ids and datasets are not on record (C13)",
        DistributionUrl = "legacy_gap_distribution_url": "a dataset has no canonical https address",
        LongToken = "legacy_gap_long_token": "the token lives longer than 24 hours",
        Language = "legacy_gap_language": "the texts name no language; the one told by the caller was written",
        Profiles = "legacy_gap_profiles": "`supportedProfiles` is not on record",
        Basis = "legacy_gap_basis": "purposes name no legal basis; they stand under consent, which was the only one",
        PurposeId = "legacy_gap_purpose_id": "a purpose was a title only and was given an id",
        BusinessId = "legacy_gap_business_id": "the provider has no business id",
        ProviderName = "legacy_gap_provider_name": "the provider has no name",
        Domain = "legacy_gap_domain": "the domain is no canonical https origin; a placeholder stands there",
        LibraryDomain = "legacy_gap_library_domain": "the address of the MyData endpoints is not on record; a placeholder stands there",
        LinkingUri = "legacy_gap_linking_uri": "no address where linking begins",
        LinkingRedirectUri = "legacy_gap_linking_redirect_uri": "no address where the person returns to",
        Version = "legacy_gap_version": "no version of the description that can stand in 2.0",
        Schema = "legacy_gap_schema": "a dataset names no schema",
        Format = "legacy_gap_format": "a distribution names no media type",
        Issued = "legacy_gap_issued": "no time at which the description was made",
        CreatedBy = "legacy_gap_created_by": "nobody is named as having made the description",
        OtherInstances = "legacy_gap_other_instances": "there are more service instances; only the first was used",
    }
}
