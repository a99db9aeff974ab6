//! The name of an annotated function in events, metrics and overrides.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::observe::Event;
use retry_utils::registry::{self, OperationOverride, Overrides};
use retry_utils::{Jitter, RetryConfig, STANDARD, async_retry};

const QUICK: RetryConfig =
    STANDARD.max_attempts(2).base_delay(Duration::from_millis(1)).jitter(Jitter::None);

/// The names of the operations that scheduled a retry.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn hear(&self, event: &Event<'_>) {
        if let Event::RetryScheduled { operation, .. } = event {
            self.0.lock().unwrap().push((*operation).to_owned());
        }
    }

    fn names(self) -> Vec<String> {
        self.0.into_inner().unwrap()
    }
}

struct Alpha;
struct Beta;
struct Generic<T>(T);

mod elsewhere {
    pub(crate) struct Gamma;
}

impl Alpha {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn fetch(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn by_mut_reference(&mut self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn by_value(self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn by_arc(self: Arc<Self>, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn open(heard: &Heard) -> Result<Self, Failed> {
        Err(TRANSIENT)
    }

    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn without_self(heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

impl Beta {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn fetch(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

impl<T> Generic<T> {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn fetch(&self, heard: &Heard) -> Result<u32, Failed> {
        let _ = &self.0;
        Err(TRANSIENT)
    }
}

impl elsewhere::Gamma {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn fetch(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_method_contains_its_type() {
    let heard = Heard::default();
    Alpha.fetch(&heard).await.unwrap_err();
    Beta.fetch(&heard).await.unwrap_err();
    Alpha.by_mut_reference(&heard).await.unwrap_err();
    Alpha.by_value(&heard).await.unwrap_err();
    Arc::new(Alpha).by_arc(&heard).await.unwrap_err();
    assert_eq!(
        heard.names(),
        [
            "names::Alpha::fetch",
            "names::Beta::fetch",
            "names::Alpha::by_mut_reference",
            "names::Alpha::by_value",
            "names::Alpha::by_arc",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_name_contains_no_generic_arguments() {
    let heard = Heard::default();
    Generic(1_u8).fetch(&heard).await.unwrap_err();
    Generic(vec![Some("text")]).fetch(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::Generic::fetch", "names::Generic::fetch"]);
}

#[tokio::test(start_paused = true)]
async fn the_module_is_that_of_the_function_and_not_of_the_type() {
    let heard = Heard::default();
    elsewhere::Gamma.fetch(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::Gamma::fetch"]);
}

#[tokio::test(start_paused = true)]
async fn an_associated_function_has_its_type_if_the_signature_names_self() {
    let heard = Heard::default();
    assert!(Alpha::open(&heard).await.is_err());
    Alpha::without_self(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::Alpha::open", "names::without_self"]);
}

#[async_retry(QUICK, on_retry = |event| heard.hear(event))]
async fn free(heard: &Heard) -> Result<u32, Failed> {
    Err(TRANSIENT)
}

mod module {
    use super::{Failed, Heard, QUICK, TRANSIENT, async_retry};

    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    pub(crate) async fn free(heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_free_function_is_its_path() {
    let heard = Heard::default();
    free(&heard).await.unwrap_err();
    module::free(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::free", "names::module::free"]);
}

trait Fetch {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn provided(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

impl Fetch for Alpha {}
impl Fetch for &Beta {}
impl Fetch for [u32] {}
impl Fetch for (u32, u32) {}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_provided_method_contains_the_implementing_type() {
    let heard = Heard::default();
    Alpha.provided(&heard).await.unwrap_err();
    (&Beta).provided(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::Alpha::provided", "names::Beta::provided"]);
}

#[tokio::test(start_paused = true)]
async fn a_type_without_an_identifier_is_left_out() {
    let heard = Heard::default();
    [1_u32][..].provided(&heard).await.unwrap_err();
    (1_u32, 2_u32).provided(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::provided", "names::provided"]);
}

#[async_trait::async_trait]
trait Ask {
    async fn ask(&self, heard: &Heard) -> Result<u32, Failed>;
}

#[async_trait::async_trait]
impl Ask for Alpha {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn ask(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

#[async_trait::async_trait]
impl Ask for Beta {
    #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
    async fn ask(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_contains_the_type_under_async_trait() {
    let heard = Heard::default();
    Alpha.ask(&heard).await.unwrap_err();
    Beta.ask(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::Alpha::ask", "names::Beta::ask"]);
}

struct Named;

impl Named {
    const NAME: &str = "constant";

    #[async_retry(QUICK, name = Self::NAME, on_retry = |event| heard.hear(event))]
    async fn by_constant(&self, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    #[async_retry(QUICK, name = if primary { "primary" } else { "replica" }, on_retry = |event| heard.hear(event))]
    async fn by_argument(&self, primary: bool, heard: &Heard) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_name_takes_any_static_string() {
    let heard = Heard::default();
    Named.by_constant(&heard).await.unwrap_err();
    Named.by_argument(true, &heard).await.unwrap_err();
    Named.by_argument(false, &heard).await.unwrap_err();
    assert_eq!(heard.names(), ["constant", "primary", "replica"]);
}

#[tokio::test(start_paused = true)]
async fn the_name_contains_a_type_that_is_declared_in_a_function() {
    struct Local;

    impl Local {
        #[async_retry(QUICK, on_retry = |event| heard.hear(event))]
        async fn fetch(&self, heard: &Heard) -> Result<u32, Failed> {
            Err(TRANSIENT)
        }
    }

    let heard = Heard::default();
    Local.fetch(&heard).await.unwrap_err();
    assert_eq!(heard.names(), ["names::Local::fetch"]);
}

struct First(Calls);
struct Second(Calls);

impl First {
    #[async_retry(QUICK)]
    async fn configured(&self) -> Result<u32, Failed> {
        self.0.fail_first(9)
    }
}

impl Second {
    #[async_retry(QUICK)]
    async fn configured(&self) -> Result<u32, Failed> {
        self.0.fail_first(9)
    }
}

#[tokio::test(start_paused = true)]
async fn an_override_applies_to_the_method_of_one_type() {
    let four = OperationOverride::new().max_attempts(4);
    registry::configure(Overrides::new().operation("names::First::configured", four)).unwrap();
    let (first, second) = (First(Calls::new()), Second(Calls::new()));
    first.configured().await.unwrap_err();
    second.configured().await.unwrap_err();
    assert_eq!((first.0.count(), second.0.count()), (4, 2));
}
