//! Runs random histories through the scripts in Redis and through `memory`. After each step the
//! replies, the pushes and all stored data must be equal.

mod odd;
mod steps;
mod stores;

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use steps::{World, step};
use stores::{Clock, Stores};
use with_fleet::Server;

/// The maximum number of steps of a history.
const STEPS: usize = 40;

fn assert_that_both_agree(clock: Clock, histories: u32) {
    let server = Server::start();
    let stores = RefCell::new(Stores::new(&server, clock));
    let config = Config {
        cases: histories,
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 1..STEPS);
    let result = TestRunner::new(config).run(&steps, |steps| {
        let mut stores = stores.borrow_mut();
        stores.flush();
        let mut world = World::default();
        for step in steps {
            world.take(&step, &mut stores)?;
        }
        world.end(&mut stores)
    });
    match result {
        Ok(()) => {}
        // Without the random numbers, because the reason contains the steps.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn redis_and_memory_agree_while_hours_pass() {
    assert_that_both_agree(Clock::Test, 400);
}

#[test]
fn redis_and_memory_agree_by_the_time_of_redis() {
    assert_that_both_agree(Clock::Server, 120);
}
