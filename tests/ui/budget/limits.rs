use retry_utils::RetryBudget;

static RATIO: RetryBudget = RetryBudget::new().ratio(11.0);
static STEP: RetryBudget = RetryBudget::new().ratio(0.0001);
static BURST: RetryBudget = RetryBudget::new().burst(0);
static INITIAL: RetryBudget = RetryBudget::new().burst(10).initial(11);
static FLOOR: RetryBudget = RetryBudget::new().min_per_second(100_001);
static KEPT: RetryBudget = RetryBudget::new().burst(1).min_per_second(1001);
static NAME: RetryBudget = RetryBudget::new().name("");

fn main() {}
