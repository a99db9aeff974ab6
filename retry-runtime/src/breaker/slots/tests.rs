use super::*;

/// Returns a claim in a breaker with one slot and a `probe_timeout` of 10.
fn claim(generation: u64, now: u64) -> Claim {
    Claim { generation, limit: 1, probe_timeout: 10, now, manual: false }
}

fn takes(slots: &Slots, claim: Claim) -> bool {
    slots.claim(claim)
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
fn a_lease_lasts_for_a_probe_timeout() {
    for start in [1, 1 << 62, TIME - 3, u64::MAX >> 1] {
        let slots = Slots::new();
        assert!(takes(&slots, claim(2, start)));
        // The first of these threads read the clock earlier.
        for now in [start - 1, start, start + 9] {
            assert!(!takes(&slots, claim(2, now)));
        }
        assert!(takes(&slots, claim(2, start + 10)));
    }
}

#[test]
fn a_lease_of_an_earlier_episode_is_free() {
    for (earlier, later) in [(2, 4), (62, 64), (63, 66), (0, 31)] {
        let slots = Slots::new();
        assert!(takes(&slots, claim(earlier, 100)));
        assert!(takes(&slots, claim(later, 100)));
        assert!(!takes(&slots, claim(earlier, 100)), "nor does it take one of the later");
        slots.release(claim(earlier, 100));
        assert!(!takes(&slots, claim(later, 100)));
        slots.release(claim(later, 100));
        assert!(takes(&slots, claim(later, 100)));
    }
}

#[test]
fn an_episode_begins_with_the_leases_of_earlier_ones_cleared() {
    let slots = Slots::new();
    assert!(takes(&slots, claim(2, 100)));
    // A late thread clears nothing.
    slots.clear(1, || false);
    assert_ne!(slots.0[0].load(Ordering::Relaxed), 0);
    slots.clear(1, || true);
    assert_eq!(slots.0[0].load(Ordering::Relaxed), 0);
}

#[test]
fn only_slots_that_were_taken_by_hand_are_given_back_by_hand() {
    let slots = Slots::new();
    let all = Claim { limit: MOST_PROBES, ..claim(4, 100) };
    let room = || std::iter::from_fn(|| slots.claim(all).then_some(())).count();
    // This one is left over from an earlier episode.
    assert!(takes(&slots, Claim { generation: 2, manual: true, ..all }));
    slots.clear(MOST_PROBES, || true);
    for _ in 0..5 {
        assert!(takes(&slots, all));
    }
    for _ in 0..3 {
        assert!(takes(&slots, Claim { manual: true, ..all }));
    }
    assert_eq!(room(), 8);
    for _ in 0..5 {
        slots.release_manual(all);
    }
    assert_eq!(room(), 3);
}
