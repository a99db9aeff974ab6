//! Too many operations with opaque errors. The test has its own file because the process remembers
//! them until it ends.

use std::error::Error;
use std::sync::Mutex;

use retry_utils::STANDARD;
use retry_utils::observe::{self, Event};

static OPERATIONS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn names_made_from_data_are_reported_as_other() {
    let error: Box<dyn Error + Send + Sync> = "text".into();
    let fails = |name: String| assert_eq!(STANDARD.retries(name).next(&error), None);
    fails("nobody listens".to_owned());
    observe::add_listener(|event: &Event<'_>| {
        if let Event::Opaque { operation, .. } = event {
            OPERATIONS.lock().unwrap().push((*operation).to_owned());
        }
    })
    .unwrap();
    for _ in 0..2 {
        for tenant in 0..1100 {
            fails(format!("tenant {tenant}"));
        }
    }
    let mut expected: Vec<_> = (0..1024).map(|tenant| format!("tenant {tenant}")).collect();
    expected.push("other".to_owned());
    assert_eq!(*OPERATIONS.lock().unwrap(), expected);
}
