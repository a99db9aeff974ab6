//! Each rule of a window is checked where the breaker is declared.

use std::time::Duration;

use retry_utils::{CircuitBreaker, Window};

static RATE: CircuitBreaker = CircuitBreaker::new("a").failure_rate(50.0, 10, Window::calls(20));
static MIN_CALLS: CircuitBreaker = CircuitBreaker::new("b").failure_rate(0.5, 30, Window::calls(20));
static CALLS: CircuitBreaker = CircuitBreaker::new("c").failure_rate(0.5, 10, Window::calls(2000));
static TIME: CircuitBreaker =
    CircuitBreaker::new("d").failure_rate(0.5, 10, Window::time(Duration::from_millis(9)));
static SLOW: CircuitBreaker = CircuitBreaker::new("e").slow_call(Duration::from_secs(1), 0.0);
static BACKOFF: CircuitBreaker =
    CircuitBreaker::new("f").recovery_backoff(2.0, Duration::from_secs(59));

fn main() {}
