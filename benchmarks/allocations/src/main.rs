//! Counts the allocations per call of each contestant. A separate binary, because counting needs a
//! separate allocator.

use allocation_counter::measure;
use scenarios::drivers::Driver;

fn main() {
    println!("scenario\tcontestant\tdriver\tallocations\tbytes");
    let of_peers = peers::field();
    let mut contestants = test_clocked::field().contestants;
    // Both fields contain the plain call.
    contestants.retain(|one| of_peers.find(one.scenario, one.name).is_none());
    for contestant in of_peers.contestants.into_iter().chain(contestants) {
        for driver in Driver::ALL {
            let Some(run) = contestant.run(driver) else { continue };
            let calls = if contestant.waits { 10 } else { 1_000 };
            // The first calls allocate what later calls reuse.
            run(calls);
            let once = measure(|| {
                run(calls);
            });
            let twice = measure(|| {
                run(2 * calls);
            });
            let per_call = |once: u64, twice: u64| (twice as f64 - once as f64) / calls as f64;
            println!(
                "{}\t{}\t{}\t{:.2}\t{:.1}",
                contestant.scenario.id(),
                contestant.name,
                driver.id(),
                per_call(once.count_total, twice.count_total),
                per_call(once.bytes_total, twice.bytes_total)
            );
        }
    }
}
