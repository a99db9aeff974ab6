//! Random histories through the scripts in Redis and through `memory`: after each step the replies,
//! the pushes and everything that is stored are equal.
//!
//! Here the scripts get a time of the test's instead of Redis' own, so that hours pass at once. Each
//! file in `tests` that runs them as they are uses the true time.

mod steps;
mod stores;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use steps::{World, step};
use stores::Stores;
use with_fleet::Server;

/// The histories, and the steps of each.
const HISTORIES: u32 = 250;
const STEPS: usize = 40;

#[test]
fn redis_and_memory_agree() {
    let server = Server::start();
    let stores = std::cell::RefCell::new(Stores::new(&server));
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let histories = prop::collection::vec(step(), 1..STEPS);
    let result = TestRunner::new(config).run(&histories, |steps| {
        let mut stores = stores.borrow_mut();
        stores.flush();
        let mut world = World::default();
        for step in steps {
            world.take(&step, &mut stores)?;
        }
        Ok(())
    });
    match result {
        Ok(()) => {}
        // Without the numbers of the steps: the reason has what they stand for.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}
