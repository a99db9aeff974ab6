use layered::{Execute, Service, Stack};
use seatbelt::breaker::Breaker;
use seatbelt::retry::Retry;
use seatbelt::{RecoveryInfo, ResilienceContext};
use tick::Clock;

async fn greet(name: String) -> Result<String, String> {
    if name.is_empty() {
        return Err("down".to_owned());
    }
    Ok(format!("hello, {name}"))
}

fn recovery(result: &Result<String, String>) -> RecoveryInfo {
    if result.is_ok() { RecoveryInfo::never() } else { RecoveryInfo::retry() }
}

async fn guarded(name: String) -> Result<String, String> {
    let clock = Clock::new_tokio();
    let context = ResilienceContext::new(&clock);
    let stack = (
        Retry::layer("retry", &context).clone_input().recovery_with(|result, _| recovery(result)),
        Breaker::layer("breaker", &context)
            .recovery_with(|result, _| recovery(result))
            .rejected_input_error(|_, _| "circuit open".to_owned()),
        Execute::new(greet),
    );
    stack.into_service().execute(name).await
}

fn main() {
    // Its clock needs a tokio runtime.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    println!("{}", runtime.block_on(guarded("world".to_owned())).is_ok());
}
