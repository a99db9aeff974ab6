//! Tests of full sets of keyed breakers: the choice of the evicted key, and the breakers of keys
//! without a place.

mod support;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ptr;
use std::sync::Once;
use std::time::Duration;

use retry_runtime::observe::{self, Event};
use retry_runtime::registry::{BreakerOverride, Handle};
use retry_runtime::{CircuitBreaker, CircuitBreakers, CircuitState, Mode, Window};
use support::{RECOVERY, acquire, fail};
use tokio::time::advance;

const OPEN: CircuitState = CircuitState::Open;
const CLOSED: CircuitState = CircuitState::Closed;
const HALF_OPEN: CircuitState = CircuitState::HalfOpen;

const MOMENT: Duration = Duration::from_nanos(1);

fn just_before(time: Duration) -> Duration {
    time.saturating_sub(MOMENT)
}

thread_local! {
    static EVICTIONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// One listener serves the process. Events arrive on the thread of the call, so each test gets only
/// its own.
fn listen() {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::KeyEvicted { .. } = event {
                EVICTIONS.with_borrow_mut(|heard| heard.push(event.to_string()));
            }
        })
        .unwrap();
    });
}

fn evictions() -> Vec<String> {
    EVICTIONS.take()
}

/// Creates a set for three keys.
fn three() -> CircuitBreakers {
    CircuitBreakers::new("three").failure_threshold(3).max_keys(3)
}

/// Returns the keys that have a place.
fn keys(breakers: &CircuitBreakers) -> String {
    let all = breakers.all();
    let keys: Vec<_> = all.iter().filter_map(|it| Some(it.name.split_once('/')?.1)).collect();
    keys.join(" ")
}

fn is_overflow(breaker: &CircuitBreaker) -> bool {
    breaker.name().contains(" (other keys ")
}

/// Returns whether a new key finds a place. The key keeps it.
fn finds_place(breakers: &CircuitBreakers, key: &str) -> bool {
    assert!(breakers.get(key).is_none());
    let is_own = !is_overflow(&breakers.for_key(key));
    assert_eq!(breakers.get(key).is_some(), is_own);
    is_own
}

fn open(breaker: &CircuitBreaker) {
    fail(breaker, 3);
    assert_eq!(breaker.state(), OPEN);
}

#[tokio::test(start_paused = true)]
async fn without_failures_goes_before_open_and_open_before_failures() {
    listen();
    let breakers = three();
    open(&breakers.for_key("open"));
    fail(&breakers.for_key("failed"), 2);
    advance(RECOVERY).await;
    breakers.for_key("good");
    for (new, left) in [
        ("b", "b failed open"),
        // It was used after it arrived, but is still evicted.
        ("c", "c failed open"),
    ] {
        breakers.for_key("failed");
        assert!(finds_place(&breakers, new));
        acquire(&breakers.for_key(new)).success();
        assert_eq!(keys(&breakers), left);
        assert!(evictions().is_empty());
    }
    fail(&breakers.for_key("c"), 1);
    assert!(finds_place(&breakers, "d"));
    assert_eq!(keys(&breakers), "c d failed");
    assert_eq!(
        evictions(),
        ["three: keyed circuit breaker evicted key=open failures=0 left_out=0"]
    );
    fail(&breakers.for_key("d"), 1);
    assert!(!finds_place(&breakers, "e"));

    advance(RECOVERY).await;
    fail(&breakers.for_key("c"), 1);
    assert!(
        finds_place(&breakers, "e"),
        "in place of `failed`, which was used a moment before `d`"
    );
    assert_eq!(keys(&breakers), "c d e");
    assert_eq!(
        evictions(),
        ["three: keyed circuit breaker evicted key=failed failures=2 left_out=0"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_open_goes_when_its_open_phase_is_over_and_the_longest_first() {
    let breakers = three();
    for key in ["c", "a", "b"] {
        open(&breakers.for_key(key));
        advance(Duration::from_secs(1)).await;
    }
    advance(just_before(Duration::from_secs(57))).await;
    assert!(!finds_place(&breakers, "d"));
    advance(MOMENT).await;
    assert!(finds_place(&breakers, "d"));
    assert_eq!(keys(&breakers), "a b d");
    fail(&breakers.for_key("d"), 1);
    assert!(!finds_place(&breakers, "e"));
    advance(Duration::from_secs(2)).await;
    assert!(finds_place(&breakers, "e"));
    assert_eq!(keys(&breakers), "b d e");
}

#[tokio::test(start_paused = true)]
async fn an_open_phase_that_has_grown_is_waited_for() {
    let breakers = CircuitBreakers::new("grown")
        .failure_threshold(1)
        .recovery_backoff(4.0, RECOVERY * 100)
        .max_keys(1);
    let only = breakers.for_key("a");
    fail(&only, 1);
    advance(RECOVERY).await;
    fail(&only, 1);
    advance(just_before(RECOVERY * 4)).await;
    assert!(!finds_place(&breakers, "b"));
    advance(MOMENT).await;
    assert!(finds_place(&breakers, "b"));
}

#[tokio::test(start_paused = true)]
async fn what_is_half_open_stays_while_a_probe_is_under_way() {
    let probe_timeout = RECOVERY * 2;
    let breakers = CircuitBreakers::new("probing")
        .failure_threshold(1)
        .probe_timeout(probe_timeout)
        .max_keys(1);
    let probing = |key: &str| {
        let breaker = breakers.for_key(key);
        let probe = breaker.try_acquire_owned().unwrap();
        assert_eq!(breaker.state(), HALF_OPEN);
        probe
    };
    fail(&breakers.for_key("a"), 1);
    advance(RECOVERY).await;
    let probe = probing("a");
    assert!(!finds_place(&breakers, "b"));
    probe.success();
    assert!(finds_place(&breakers, "b"), "no probe is under way");

    fail(&breakers.for_key("b"), 1);
    advance(RECOVERY).await;
    let hung = probing("b");
    advance(just_before(probe_timeout)).await;
    assert!(!finds_place(&breakers, "c"));
    advance(MOMENT).await;
    assert!(finds_place(&breakers, "c"), "a probe that hangs keeps no place");
    hung.failure();
    assert_eq!(breakers.for_key("c").state(), CLOSED);

    // An operator made it half-open, without a probe.
    breakers.for_key("c").half_open();
    assert!(finds_place(&breakers, "d"));
}

#[tokio::test(start_paused = true)]
async fn counted_failures_stay_for_recovery_timeout_after_the_last_use() {
    type Use = fn(&CircuitBreakers, &Handle);
    let uses: [(&str, Use); 5] = [
        ("a look-up", |breakers, _| drop(breakers.for_key("a"))),
        ("another look-up", |breakers, _| drop(breakers.get("a"))),
        ("a failure", |_, kept| fail(kept, 1)),
        ("a recorded failure", |_, kept| kept.record_failure()),
        ("a failure in a look-up", |breakers, _| fail(&breakers.for_key("a"), 1)),
    ];
    for (name, of_a) in uses {
        let breakers = CircuitBreakers::new("used").max_keys(1);
        let kept = breakers.for_key("a");
        // The first failure comes long after the first look-up.
        advance(RECOVERY * 2).await;
        fail(&kept, 1);
        advance(just_before(RECOVERY)).await;
        assert!(!finds_place(&breakers, "b"), "{name}");
        of_a(&breakers, &kept);
        advance(just_before(RECOVERY)).await;
        assert!(!finds_place(&breakers, "b"), "{name}");
        advance(MOMENT).await;
        assert!(finds_place(&breakers, "b"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_counted_failures_the_least_recently_used_go_first() {
    let breakers = three();
    for key in ["a", "b", "c"] {
        fail(&breakers.for_key(key), 1);
        advance(Duration::from_secs(1)).await;
    }
    breakers.for_key("a");
    advance(RECOVERY).await;
    for (new, left) in [("d", "a c d"), ("e", "a d e"), ("f", "d e f")] {
        assert!(finds_place(&breakers, new));
        // A failure keeps the new key from being evicted before the others.
        fail(&breakers.for_key(new), 1);
        assert_eq!(keys(&breakers), left);
    }
    assert!(!finds_place(&breakers, "g"));
}

#[tokio::test(start_paused = true)]
async fn recovery_timeout_is_the_current_one() {
    let breakers = CircuitBreakers::new("changed").max_keys(1);
    fail(&breakers.for_key("a"), 1);
    breakers.reconfigure(&BreakerOverride::new().recovery_timeout(RECOVERY / 4)).unwrap();
    advance(RECOVERY / 4).await;
    assert!(finds_place(&breakers, "b"));
}

#[tokio::test(start_paused = true)]
async fn forced_ones_and_other_modes_stay_for_ever() {
    type Change = fn(&CircuitBreaker);
    let changes: [Change; 7] = [
        CircuitBreaker::force_open,
        CircuitBreaker::force_closed,
        |one| {
            open(one);
            one.force_open();
        },
        |one| one.set_mode(Mode::Observe),
        |one| {
            fail(one, 1);
            one.set_mode(Mode::Off);
        },
        |one| {
            open(one);
            one.set_mode(Mode::Observe);
        },
        |one| {
            one.half_open();
            one.set_mode(Mode::Off);
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let breakers = CircuitBreakers::new("kept").failure_threshold(3).max_keys(1);
        change(&breakers.for_key("a"));
        advance(RECOVERY * 1000).await;
        assert!(!finds_place(&breakers, "b"), "{number}");
    }
}

/// Creates a set for one key, with a window that never opens a breaker in these tests.
fn windowed(window: Window) -> CircuitBreakers {
    CircuitBreakers::new("windowed").failure_rate(1.0, 3, window).max_keys(1)
}

#[tokio::test(start_paused = true)]
async fn good_calls_in_a_window_are_no_loss() {
    listen();
    for window in [Window::calls(20), Window::time(RECOVERY * 10)] {
        let breakers = windowed(window);
        for _ in 0..5 {
            acquire(&breakers.for_key("a")).success();
        }
        assert!(finds_place(&breakers, "b"));
        assert!(evictions().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_window_stay_for_recovery_timeout_after_the_last() {
    listen();
    for window in [Window::calls(20), Window::time(RECOVERY * 10)] {
        let breakers = windowed(window);
        let kept = breakers.for_key("a");
        for _ in 0..2 {
            fail(&kept, 1);
            acquire(&kept).success();
            advance(just_before(RECOVERY)).await;
            assert!(!finds_place(&breakers, "b"));
        }
        advance(MOMENT).await;
        assert!(finds_place(&breakers, "b"));
        assert_eq!(
            evictions(),
            ["windowed: keyed circuit breaker evicted key=a failures=2 left_out=0"]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_have_left_the_window_are_not_counted() {
    listen();
    let by_calls = windowed(Window::calls(3));
    fail(&by_calls.for_key("a"), 1);
    assert!(!finds_place(&by_calls, "b"));
    for _ in 0..3 {
        acquire(&by_calls.for_key("a")).success();
    }
    assert!(finds_place(&by_calls, "b"));

    let by_time = windowed(Window::time(RECOVERY / 2));
    fail(&by_time.for_key("a"), 1);
    assert!(!finds_place(&by_time, "b"));
    advance(RECOVERY / 2).await;
    assert!(finds_place(&by_time, "b"));
    assert!(evictions().is_empty());
}

#[tokio::test(start_paused = true)]
async fn slow_calls_are_counted_too() {
    let slow = Duration::from_secs(1);
    let plain = CircuitBreakers::new("slow").slow_call(slow, 0.5).max_keys(1);
    let window = windowed(Window::calls(20)).slow_call(slow, 0.5);
    for breakers in [plain, window] {
        let kept = breakers.for_key("a");
        let permit = acquire(&kept);
        advance(slow + MOMENT).await;
        permit.success();
        advance(just_before(RECOVERY)).await;
        assert!(!finds_place(&breakers, "b"));
        advance(MOMENT).await;
        assert!(finds_place(&breakers, "b"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_evicted_key_begins_anew_and_old_permits_are_lost() {
    let breakers = CircuitBreakers::new("anew").failure_threshold(2).max_keys(1);
    let old = breakers.for_key("a");
    fail(&old, 1);
    let permit = old.try_acquire_owned().unwrap();
    advance(RECOVERY).await;
    assert!(finds_place(&breakers, "b"));
    permit.failure();
    assert_eq!(old.state(), OPEN);
    // It returns, and replaces a key with nothing counted.
    assert!(finds_place(&breakers, "a"));
    assert_eq!(breakers.for_key("a").state(), CLOSED);
}

#[test]
fn the_hand_finds_the_one_place_that_can_be_given() {
    const KEYS: usize = 1000;
    for at in [0, 63, 64, 500, KEYS - 1] {
        let breakers = CircuitBreakers::new("hand").max_keys(1000);
        for key in 0..KEYS {
            breakers.for_key(format!("key {key}")).force_open();
        }
        breakers.get(&format!("key {at}")).unwrap().reset();
        let examined = (0..KEYS).take_while(|_| is_overflow(&breakers.for_key("new"))).count();
        assert_eq!(examined, at / 64);
        assert_eq!(breakers.len(), KEYS);
        assert!(breakers.get(&format!("key {at}")).is_none());
    }
}

#[test]
fn all_keys_have_a_place_up_to_the_limit() {
    for limit in [1, 2, 63, 64, 65, 1024, 5000] {
        let breakers = CircuitBreakers::new("limit").max_keys(limit);
        for key in 0..limit {
            breakers.for_key(key.to_string()).trip();
        }
        for key in 0..limit {
            let found = breakers.get(&key.to_string()).unwrap();
            assert_eq!((found.name(), found.state()), (&*format!("limit/{key}"), OPEN));
        }
        assert!(is_overflow(&breakers.for_key("one more")));
    }
}

/// Creates a set whose only place is taken.
fn taken() -> CircuitBreakers {
    let breakers = CircuitBreakers::new("taken").failure_threshold(1).max_keys(1);
    breakers.for_key("first").force_open();
    breakers
}

#[test]
fn keys_without_a_place_get_one_of_16_breakers() {
    let breakers = taken();
    let mut found = BTreeMap::new();
    for key in 0..1600 {
        let key = format!("key {key}");
        let breaker = breakers.for_key(&key);
        assert!(breakers.get(&key).is_none());
        let again = breakers.for_key(&key);
        assert!(ptr::eq(&raw const *breaker, &raw const *again));
        *found.entry(breaker.name().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(breakers.len(), 1);
    let expected: BTreeSet<_> = (1..=16).map(|it| format!("taken (other keys {it})")).collect();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), expected);
    // A hundred each are expected. Fewer than 40 or more than 200 do not happen by chance.
    assert!(found.values().all(|keys| (40..200).contains(keys)), "{found:?}");
    let all = breakers.all();
    assert_eq!(all.len(), 17);
    for (number, snapshot) in all[1..].iter().enumerate() {
        assert_eq!(snapshot.name, format!("taken (other keys {})", number + 1));
    }
}

#[test]
fn one_failing_key_shuts_out_few_others() {
    let breakers = taken();
    fail(&breakers.for_key("failing"), 1);
    let shut_out =
        (0..1600).filter(|key| breakers.for_key(format!("key {key}")).state() == OPEN).count();
    assert!((40..200).contains(&shut_out), "{shut_out} of 1600");
}

#[test]
fn two_sets_choose_by_other_seeds() {
    let (one, other) = (taken(), taken());
    let name = |set: &CircuitBreakers, key: u32| set.for_key(key.to_string()).name().to_owned();
    assert!((0..100).any(|key| name(&one, key) != name(&other, key)));
}

#[test]
fn the_settings_reach_the_keys_without_a_place() {
    let breakers = taken();
    breakers.reconfigure(&BreakerOverride::new().failure_threshold(7)).unwrap();
    assert_eq!(breakers.for_key("later").snapshot().failure_threshold, 7);
    breakers.reconfigure(&BreakerOverride::new().failure_threshold(8)).unwrap();
    assert_eq!(breakers.for_key("later").snapshot().failure_threshold, 8);
}

#[tokio::test(start_paused = true)]
async fn at_most_one_eviction_a_second_is_reported() {
    listen();
    let breakers = CircuitBreakers::new("reported").max_keys(100);
    let other = CircuitBreakers::new("other").max_keys(1);
    let fail_all = |round: &str, keys: u32| {
        (0..keys).for_each(|key| fail(&breakers.for_key(format!("{round}{key}")), 1));
    };
    fail_all("a", 100);
    fail(&other.for_key("a"), 1);
    advance(RECOVERY).await;
    fail_all("b", 10);
    let heard = evictions();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].ends_with(" failures=1 left_out=0"), "{heard:?}");
    other.for_key("b");
    assert_eq!(evictions(), ["other: keyed circuit breaker evicted key=a failures=1 left_out=0"]);

    advance(just_before(Duration::from_secs(1))).await;
    fail_all("c", 10);
    assert!(evictions().is_empty());
    advance(MOMENT).await;
    fail_all("d", 10);
    let heard = evictions();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].ends_with(" failures=1 left_out=19"), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn a_key_forges_no_line_and_is_cut() {
    listen();
    let breakers = CircuitBreakers::new("forged").max_keys(1);
    for (key, shown) in [
        (
            "a\nERROR b\r\t\0\u{1b}[2J\u{85}\u{2028}\u{2029}",
            r"a\nERROR b\r\t\u{0}\u{1b}[2J\u{85}\u{2028}\u{2029}",
        ),
        ("O'Brien \"é\" नि", "O'Brien \"é\" नि"),
        ("é".repeat(101).as_str(), "é".repeat(100).as_str()),
        ("é".repeat(100).as_str(), "é".repeat(100).as_str()),
        ("", ""),
    ] {
        fail(&breakers.for_key(key), 1);
        advance(RECOVERY).await;
        breakers.for_key("next");
        let line =
            format!("forged: keyed circuit breaker evicted key={shown} failures=1 left_out=0");
        assert_eq!(evictions(), [line]);
    }
}

// Attacks and outages

#[tokio::test(start_paused = true)]
async fn keys_that_fail_keep_their_places_for_one_recovery_timeout() {
    for failures in [1, 4, 5] {
        let breakers = CircuitBreakers::new("attacked");
        for key in 0..1024 {
            fail(&breakers.for_key(format!("evil {key}")), failures);
        }
        assert!(!finds_place(&breakers, "honest 0"), "{failures} failures");
        advance(just_before(RECOVERY)).await;
        assert!(!finds_place(&breakers, "honest 0"), "{failures} failures");
        advance(MOMENT).await;
        for key in 0..1024 {
            assert!(finds_place(&breakers, &format!("honest {key}")), "{failures} failures");
            acquire(&breakers.for_key(format!("honest {key}"))).success();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_half_open_without_a_probe_keep_no_place() {
    let breakers = CircuitBreakers::new("half-open");
    for key in 0..1024 {
        fail(&breakers.for_key(format!("evil {key}")), 5);
    }
    advance(RECOVERY).await;
    for key in 0..1024 {
        drop(acquire(&breakers.for_key(format!("evil {key}"))));
        assert_eq!(breakers.for_key(format!("evil {key}")).state(), HALF_OPEN);
    }
    for key in 0..1024 {
        assert!(finds_place(&breakers, &format!("honest {key}")));
        acquire(&breakers.for_key(format!("honest {key}"))).success();
    }
}

#[tokio::test(start_paused = true)]
async fn keys_whose_probes_hang_keep_their_places_for_probe_timeout() {
    let breakers = CircuitBreakers::new("hanging");
    for key in 0..1024 {
        fail(&breakers.for_key(format!("evil {key}")), 5);
    }
    advance(RECOVERY).await;
    let hung = |key| breakers.for_key(format!("evil {key}")).try_acquire_owned().unwrap();
    let probes: Vec<_> = (0..1024).map(hung).collect();
    assert!(!finds_place(&breakers, "honest"));
    // The defaults of `probe_timeout` and `recovery_timeout` are equal.
    advance(RECOVERY).await;
    assert!(finds_place(&breakers, "honest"));
    drop(probes);
}

#[test]
fn a_victim_among_many_healthy_new_keys_opens() {
    let breakers = CircuitBreakers::new("victim");
    for round in 0..5 {
        fail(&breakers.for_key("victim"), 1);
        for key in 0..1024 {
            acquire(&breakers.for_key(format!("{round} {key}"))).success();
        }
    }
    assert_eq!(breakers.for_key("victim").state(), OPEN);
}

/// Calls dead hosts through one set. Returns the share of calls that were rejected.
async fn rejected_share(hosts: u64, in_turn: bool, between: Duration) -> f64 {
    const CALLS: u32 = 60_000;
    let breakers = CircuitBreakers::new("dead hosts");
    // Knuth's 64-bit generator. Its highest bits are the random ones.
    let mut random = 1_u64;
    let mut rejected = 0;
    for call in 0..CALLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let host = if in_turn { u64::from(call) } else { random >> 32 } % hosts;
        match breakers.for_key(host.to_string()).try_acquire() {
            Ok(permit) => permit.failure(),
            Err(_) => rejected += 1,
        }
        if !between.is_zero() {
            advance(between).await;
        }
    }
    f64::from(rejected) / f64::from(CALLS)
}

#[tokio::test(start_paused = true)]
async fn most_calls_to_dead_hosts_are_rejected_though_they_are_too_many() {
    for (between, hosts) in [
        (Duration::ZERO, [1025, 1100, 5000].as_slice()),
        (Duration::from_millis(10), [1025, 1100, 1500, 5000].as_slice()),
    ] {
        for (&hosts, in_turn) in hosts.iter().flat_map(|hosts| [(hosts, true), (hosts, false)]) {
            let share = rejected_share(hosts, in_turn, between).await;
            let case = format!("{hosts} hosts, in turn: {in_turn}, every {between:?}: {share:.3}");
            assert!(share >= 0.5, "{case}");
            println!("{case}");
        }
    }
}
