use std::future::{Ready, ready};
use tower::retry::{Policy, RetryLayer};
use tower::{Layer, ServiceExt, service_fn};

#[derive(Debug)]
struct Down;

async fn greet(name: &'static str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

#[derive(Clone)]
struct Attempts(usize);

impl Policy<&'static str, String, Down> for Attempts {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut &'static str, result: &mut Result<String, Down>) -> Option<Self::Future> {
        if result.is_ok() || self.0 == 0 {
            return None;
        }
        self.0 -= 1;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &&'static str) -> Option<&'static str> {
        Some(request)
    }
}

fn main() {
    let service = RetryLayer::new(Attempts(2)).layer(service_fn(greet));
    println!("{:?}", block_on(service.oneshot("world")));
}
