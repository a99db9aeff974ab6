use super::*;

/// A claim in a breaker of one slot, with a `recovery_timeout` of 10.
fn claim(generation: u64, now: u64) -> Claim {
    Claim { generation, limit: 1, recovery_timeout: 10, now, manual: false }
}

fn takes(slots: &Slots, claim: Claim) -> bool {
    slots.claim(claim, || true).is_some()
}

#[test]
fn an_empty_slot_is_free_for_any_generation_at_any_time() {
    for generation in [0, 1, 2, 31, 32, 63, 64, 65, 128] {
        for now in [0, 1, 9, TIME / 2 + 1, TIME, u64::MAX] {
            assert!(takes(&Slots::new(), claim(generation, now)), "{generation} at {now}");
        }
    }
}

#[test]
fn a_lease_lasts_for_a_recovery_timeout() {
    for start in [1, 1 << 62, TIME - 3, u64::MAX >> 1] {
        let slots = Slots::new();
        assert!(takes(&slots, claim(2, start)));
        // Also for a thread whose clock was read before.
        for now in [start - 1, start, start + 9] {
            assert!(!takes(&slots, claim(2, now)));
        }
        assert!(takes(&slots, claim(2, start + 10)));
    }
}

#[test]
fn a_lease_of_an_earlier_episode_is_in_nobodys_way() {
    for (earlier, later) in [(2, 4), (62, 64), (63, 66), (0, 31)] {
        let slots = Slots::new();
        assert!(takes(&slots, claim(earlier, 100)));
        assert!(takes(&slots, claim(later, 100)));
        assert!(!takes(&slots, claim(earlier, 100)), "nor does it take one of the later");
        slots.sweep(claim(earlier, 100));
        assert!(!takes(&slots, claim(later, 100)));
        slots.release(Slot::Cell(0), 100, earlier);
        assert!(!takes(&slots, claim(later, 100)));
        slots.release(Slot::Cell(0), 100, later);
        assert!(takes(&slots, claim(later, 100)));
    }
}

#[test]
fn an_episode_begins_with_the_leases_of_earlier_ones_cleared() {
    let slots = Slots::new();
    assert!(takes(&slots, claim(2, 100)));
    slots.sweep(claim(4, 100));
    assert_eq!(slots.0[0].load(Ordering::Relaxed), 0);
}

/// A claim in a breaker of 17 slots, which share a count.
fn in_group(generation: u64, now: u64) -> Claim {
    Claim { limit: 17, ..claim(generation, now) }
}

/// How many places a group has left.
fn room(slots: &Slots, claim: Claim) -> usize {
    std::iter::from_fn(|| slots.claim(claim, || true)).count()
}

#[test]
fn a_group_takes_back_just_the_places_that_were_taken_by_hand() {
    let slots = Slots::new();
    // One is left over from an earlier episode.
    for (generation, by_hand) in [(2, 1), (4, 3)] {
        for _ in 0..5 {
            assert!(takes(&slots, in_group(generation, 100)));
        }
        let manual = Claim { manual: true, ..in_group(generation, 100) };
        for _ in 0..by_hand {
            assert!(takes(&slots, manual));
        }
    }
    assert_eq!(room(&slots, in_group(4, 100)), 9);
    for _ in 0..5 {
        slots.release_manual(4, 17);
    }
    assert_eq!(room(&slots, in_group(4, 100)), 3);
}

#[test]
fn a_group_that_hung_comes_back_whole_and_owes_nothing() {
    let slots = Slots::new();
    let manual = |now| Claim { manual: true, ..in_group(2, now) };
    assert!(takes(&slots, manual(100)) && takes(&slots, manual(100)));
    let hung = slots.claim(in_group(2, 100), || true).unwrap();
    assert_eq!(room(&slots, in_group(2, 100)), 14);
    assert!(!takes(&slots, in_group(2, 109)));
    assert!(takes(&slots, manual(110)));
    // What was taken before has nothing to give back now: neither the probe nor two of these three.
    slots.release(hung, 100, 2);
    assert_eq!(room(&slots, in_group(2, 110)), 16);
    for _ in 0..3 {
        slots.release_manual(2, 17);
    }
    assert_eq!(room(&slots, in_group(2, 110)), 1);
    slots.release(hung, 100, 2);
    assert_eq!(room(&slots, in_group(2, 110)), 0);
}

#[test]
fn a_slot_is_unpacked_as_it_was_packed() {
    for slot in [
        Slot::None,
        Slot::Neutral,
        Slot::Cell(0),
        Slot::Cell(15),
        Slot::Group(0),
        Slot::Group(u16::MAX),
    ] {
        assert_eq!(slot.packed().slot(), slot);
    }
}
