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
