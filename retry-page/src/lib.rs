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
//! With `"scope": "everywhere"` the action takes place in all instances of the fleet, if the
//! application has called `Page::control_everywhere`. `force_open` and `force_closed` then also
//! take `"lasting_seconds"`; without it they last until `reset`. The breaker need not be one of
//! this process. `"scope": "here"` is the default.
//!
//! | status | meaning |
//! |---|---|
//! | 204 | the action was performed |
//! | 400 | the request is not valid |
//! | 401 | the token is missing or wrong |
//! | 404 | no breaker of this name is listed, the page has no token, or it does not act everywhere |
//! | 408 | the body has not arrived within 5 s |
//! | 409 | everywhere: the fleet has no place for another breaker |
//! | 413 | the body is longer than 4096 bytes |
//! | 503 | everywhere: this process is not connected to the fleet, and nothing was done |
//! | 504 | everywhere: it may have been done; it is safe to repeat |
//!
//! Except with 204, the body is `{"error": …}` and says what is wrong. So does each 400, 421 and 503
//! of the other routes; 421 means that the host is not one of [`Page::allowed_hosts`].
//!
//! Each performed action and each wrong token is reported as an
//! [`Event::Control`](retry_runtime::observe::Event::Control), and therefore logged. The operator
//! is `page`, or the [`Operator`] that the application names. An action everywhere is reported as
//! an [`Event::FleetCommand`](retry_runtime::observe::Event::FleetCommand) instead, by each instance
//! that shares the breaker. The operator's name is cut to 64 bytes then.
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
//! | `fleet` | the fleet; `null` unless the application has called `Page::fleet` |
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
//! | `everywhere` | whether it was commanded for the whole fleet, by whichever instance |
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
//! # Fleet
//!
//! With the feature `fleet`, `Page::fleet` shows the fleet that this process is an instance of.
//! What other instances say is data of theirs: names, versions and operators may be anything.
//!
//! | field of `fleet` | content |
//! |---|---|
//! | `everywhere` | whether an action may have the scope `everywhere` |
//! | `coordinated` | whether this process acts with the fleet |
//! | `round_trip_seconds` | the time from the last command to its reply; `null` if alone |
//! | `alone_seconds`, `alone_reason` | for how long it has acted alone, and why; else `null` |
//! | `looked_seconds_ago` | the age of what follows; `null` if nothing is known |
//! | `group`, `instance`, `quorum` | the group, the name of this instance, and the votes that open a breaker |
//! | `totals` | `breakers` and `instances`, each with `listed` and `matching` |
//! | `breakers` | at most 64 breakers, those in trouble first |
//! | `instances` | at most 200 instances that are alive, those in trouble first. A search also finds an instance by a breaker that is not closed there |
//!
//! | field of a breaker | content |
//! |---|---|
//! | `name`, `state` | the breaker, and the state that the fleet has agreed on |
//! | `left_seconds` | what is left of the open phase; `null` unless it is open |
//! | `failed`, `ok`, `epoch` | recoveries in a row that failed, successes in this recovery, and the number of this state |
//! | `voters` | those whose votes to open it count, at most 32 |
//! | `probing` | the instances that may probe, once for each lease, at most 32 |
//! | `forced`, `forced_left_seconds` | the state that an operator forces, and how long still; `null` until `reset` |
//! | `mode`, `by` | the mode that an operator has set, and who gave the last command |
//!
//! | field of an instance | content |
//! |---|---|
//! | `name`, `version` | the instance, and the version of its application |
//! | `coordinated` | whether it acts with the fleet, as it says; `null` if it does not |
//! | `open`, `open_breakers` | how many of its breakers are not closed, and the first of them |
//! | `last_beat_seconds_ago` | the age of its last sign of life |
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
