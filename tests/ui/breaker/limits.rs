use std::time::Duration;

use retry_utils::CircuitBreaker;

static NO_FAILURE: CircuitBreaker = CircuitBreaker::new("a").failure_threshold(0);
static TOO_MANY: CircuitBreaker = CircuitBreaker::new("b").success_threshold(65_536);
static TOO_SHORT: CircuitBreaker =
    CircuitBreaker::new("c").recovery_timeout(Duration::from_micros(999));

fn main() {}
