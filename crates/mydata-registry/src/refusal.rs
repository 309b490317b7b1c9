//! Why a command was refused.

use mydata_core::refusals;

refusals! {
    /// A rule of the registry that a command breaks: the registry is as it was.
    pub enum RegistryRefusal {
        CapacityNotAllowed = "registry_capacity_not_allowed": "this is for the staff of the registry",
        NotRegistrant = "registry_not_registrant": "the service is registered by somebody else",
        IdTaken = "registry_id_taken": "the service id is taken, or was once",
        ServiceUnknown = "registry_service_unknown": "no such service is registered",
        State = "registry_state": "the registration is at another step",
        Retired = "registry_retired": "the service is retired",
        RetiredByStaff = "registry_retired_by_staff": "the registry has retired the service, and only its staff can bring it back",
        KeyNotRegistered = "registry_key_not_registered": "the description is signed with a key that is not registered now",
        SignatureDropped = "registry_signature_dropped": "the service has signed its description before, and this one is not signed",
        VersionReused = "registry_version_reused": "another description of this service has this version",
        EvidenceOther = "registry_evidence_other": "what was found is not the present description, or was not found at its origin",
        KeysUnchanged = "registry_keys_unchanged": "the service has these keys already",
        KidReused = "registry_kid_reused": "a key id of this service would mean another key than before",
        KeyRetired = "registry_key_retired": "a key was retired before, or had another key id",
        KeyLife = "registry_key_life": "the change comes before a key has begun, or the service has had too many keys",
        KeyOfAnother = "registry_key_of_another": "a key is that of another service",
    }
}
