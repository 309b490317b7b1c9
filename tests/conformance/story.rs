//! The main job from end to end.

use mydata::record::consent::ConsentChange;
use mydata_conformance::World;

#[test]
fn link_consent_fetch_pause_resume_withdraw() {
    let (mut world, ids) = World::consented();
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    assert_eq!(world.fetch(&ids.sink, "care", "src/b"), [""; 0]);
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/c"),
        ["dataset_not_consented"]
    );
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/a"),
        ["consent_disabled"]
    );
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/a"),
        ["consent_withdrawn"]
    );
}
