use retry_utils::CircuitBreakers;

static NO_KEY: CircuitBreakers = CircuitBreakers::new("a").max_keys(0);
static TOO_MANY: CircuitBreakers = CircuitBreakers::new("b").max_keys(65_536);

fn main() {}
