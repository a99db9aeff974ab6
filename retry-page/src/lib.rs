//! A page that shows what the circuit breakers and retries of this process do, and lets an operator
//! intervene.
//!
//! [`Page`] is a router of axum. The facade `retry-utils` re-exports this crate as
//! `retry_utils::page` with its feature `axum`; the page shows every breaker in the
//! [`registry`](retry_runtime::registry), every named budget and every retry, whichever crate they
//! come from.
//!
//! # Routes
//!
//! The routes are relative to the path at which the application nests [`Page::router`].
//!
//! | route | answer |
//! |---|---|
//! | `GET /` | the page: one self-contained document, which requests the state once a second |
//! | `GET /state` | the state as JSON; its fields are listed below |
//! | `GET /state?search=…` | the same, with the breakers, budgets and operations whose names contain the search |
//! | `POST /control` | performs an action such as `{"breaker": "llm-api", "action": "force_open"}`; 404 unless the page has a token |
//!
//! A search has at most 100 characters, and ignores case. `GET /state` answers 503 with
//! `Retry-After: 1` while too many requests wait for the state: 256 in all, or 16 that search for
//! different names.
//!
//! `action` is `force_open`, `force_closed`, `reset` or `mode`. The action `mode` also takes
//! `"mode"`, which is `"enforce"`, `"observe"` or `"off"`. The request carries the token in the
//! header `X-Control-Token`, or after `Authorization: Bearer`.
//!
//! | status | meaning |
//! |---|---|
//! | 204 | the action was performed |
//! | 400 | the request is not valid |
//! | 401 | the token is missing or wrong |
//! | 404 | no breaker of this name is listed, or the page has no token |
//! | 408 | the body has not arrived within 5 s |
//! | 413 | the body is longer than 4096 bytes |
//!
//! Except with 204, the body is `{"error": …}` and says what is wrong. So does each 400, 421 and 503
//! of the other routes; 421 means that the host is not one of [`Page::allowed_hosts`].
//!
//! Each performed action and each wrong token is reported as an
//! [`Event::Control`](retry_runtime::observe::Event::Control), and therefore logged. The operator
//! is `page`, or the [`Operator`] that the application names.
//!
//! # State
//!
//! Fields may be added. A field that is removed or changes its meaning raises `version`.
//!
//! | field | content |
//! |---|---|
//! | `version` | 2 |
//! | `control` | whether `POST /control` is available |
//! | `search` | the search in lower case, or an empty text |
//! | `totals` | how many there are, with those that have no row |
//! | `breakers` | the listed breakers: open ones first, then half-open ones, then those nearest to opening |
//! | `budgets` | the listed budgets, those with the smallest share of their tokens first |
//! | `operations` | the operations that failed at least once, those with the most retries of late first |
//! | `transitions` | the last 100 transitions, newest first |
//! | `controls` | the last 100 actions of operators, newest first; all refusals are one of them |
//! | `events` | the last 200 retries and ends of calls, newest first |
//!
//! `breakers`, `budgets` and `operations` have at most 200 rows each, of those that match the search.
//! Counts begin when the first page is made. A field that does not apply is `null`.
//!
//! | field of `totals` | content |
//! |---|---|
//! | `breakers`, `budgets`, `operations` | each with `listed`, all of them, and `matching`, those that match the search |
//! | `breakers.open`, `half_open`, `closed`, `not_enforced` | the listed breakers by state, and those with another mode than `enforce` |
//! | `operations.recent` | the retries of all operations in the last 12 spans of 10 s, oldest first |
//! | `rejected.all` | rejected calls of all breakers |
//! | `rejected.other` | those of them that are counted under no name |
//!
//! A breaker has the fields of [`Snapshot`](retry_runtime::registry::Snapshot), except for
//! `retry_in` and `since`:
//!
//! | field of a breaker | content |
//! |---|---|
//! | `state` | `CLOSED`, `OPEN` or `HALF_OPEN` |
//! | `in_state_seconds` | time since the last transition; `null` if there was none |
//! | `retry_in_seconds` | time to the next probe; `null` unless it is open and not forced |
//! | `nearness` | how near it is to opening, from 0 to 1; 1 unless it is closed |
//! | `rejected` | rejected calls, and those that `Mode::Observe` would have rejected; `null` if they are counted under no name |
//!
//! Rejections are counted under the names of the first 1024 breakers that reject. A breaker that is
//! no longer listed, such as one of a key that has lost its place, gives up its place here, too.
//!
//! A budget has the fields of [`BudgetSnapshot`](retry_runtime::registry::BudgetSnapshot).
//!
//! | field of an operation | content |
//! |---|---|
//! | `name` | the operation; beyond 1024 names, all others count as `(others)` |
//! | `retries` | retries that were scheduled |
//! | `retried_calls` | calls that were retried at least once |
//! | `gave_up` | calls that failed in the end |
//! | `gave_up_after_retries` | those of them that were retried |
//! | `would_retry` | retries that `Mode::Observe` would have made |
//! | `last_kind`, `last_error`, `last_seconds_ago` | the last failure |
//! | `recent` | the retries in the last 12 spans of 10 s, oldest first |
//!
//! | field of a transition | content |
//! |---|---|
//! | `sequence` | a number that grows over transitions, actions and events together |
//! | `breaker`, `from`, `to` | the breaker and its states |
//! | `calls`, `failures`, `slow_calls` | the counts that caused the transition |
//! | `seconds_ago` | its age |
//!
//! | field of an action | content |
//! |---|---|
//! | `sequence` | a number that grows over transitions, actions and events together |
//! | `breaker`, `action`, `by`, `detail` | as in [`Event::Control`](retry_runtime::observe::Event::Control) |
//! | `times` | 1, or how many refusals there were |
//! | `seconds_ago` | its age |
//!
//! | field of an event | content |
//! |---|---|
//! | `sequence` | a number that grows over transitions, actions and events together |
//! | `event` | `retry_scheduled`, `gave_up` or `would_retry` |
//! | `operation`, `attempt`, `max_attempts` | the operation, and which attempt failed |
//! | `kind`, `error` | the failure |
//! | `delay_seconds` | the wait before the retry |
//! | `reason` | why the call gave up |
//! | `seconds_ago` | its age |
//!
//! # Access
//!
//! The page shows the names of your dependencies and up to 100 characters of their errors. The
//! router does not restrict who may read it. Serve it on an internal port, or behind the
//! application's own authentication layer, and set [`Page::allowed_hosts`].

// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod action;
mod control;
mod fleet;
mod hosts;
mod journal;
mod list;
mod page;
mod refusal;
mod report;
mod state;
mod texts;
mod token;

pub use control::Operator;
pub use page::Page;
