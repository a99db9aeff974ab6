//! An operator page for the circuit breakers and retries of this process.
//!
//! [`Page`] builds an axum router. The facade `retry-utils` re-exports this crate as
//! `retry_utils::page` with the feature `axum`. The page shows every breaker in the
//! [`registry`](retry_runtime::registry), every listed budget and every retry, regardless of the
//! crate that they come from.
//!
//! # Routes
//!
//! The routes are relative to the path at which the application nests [`Page::router`].
//!
//! | route | response |
//! |---|---|
//! | `GET /` | the page: one self-contained document that requests the state once a second |
//! | `GET /state` | the state as JSON; its fields are listed below |
//! | `GET /state?search=…` | the same, limited to breakers, budgets and operations whose names contain the search |
//! | `POST /control` | performs an action, such as `{"breaker": "llm-api", "action": "force_open"}`; 404 unless the page has a token |
//!
//! A search has at most 100 characters and ignores case. `GET /state` responds with 503 and
//! `Retry-After: 1` while too many requests wait for the state: 256 in total, or 16 with different
//! searches.
//!
//! `action` is `force_open`, `force_closed`, `reset` or `mode`. The action `mode` also takes
//! `"mode"`, which is `"enforce"`, `"observe"` or `"off"`. The request carries the token in the
//! header `X-Control-Token`, or after `Authorization: Bearer`.
//!
//! With `"scope": "everywhere"`, the action applies to all instances of the fleet. The application
//! must have called `Page::control_everywhere`. `force_open` and `force_closed` then also take
//! `"lasting_seconds"`; without it they last until `reset`. The breaker may exist only in other
//! processes. The default is `"scope": "here"`.
//!
//! | status | meaning |
//! |---|---|
//! | 204 | the action was performed |
//! | 400 | the request is not valid |
//! | 401 | the token is missing or wrong |
//! | 404 | no breaker of this name is listed, the page has no token, or `everywhere` is not enabled |
//! | 408 | the body did not arrive within 5 s |
//! | 409 | everywhere: the fleet cannot hold another breaker |
//! | 413 | the body is longer than 4096 bytes |
//! | 503 | everywhere: this process is not connected to the fleet, and nothing was done |
//! | 504 | everywhere: the action may have been performed; repeating it is safe |
//!
//! Except for 204, the body is `{"error": …}` with a message. Responses of the other routes with
//! 400, 421 and 503 have the same form. 421 means that the host is not one of
//! [`Page::allowed_hosts`].
//!
//! Each performed action and each wrong token is reported as an
//! [`Event::Control`](retry_runtime::observe::Event::Control), and therefore logged. The operator
//! is `page`, or the [`Operator`] that the application names. An action everywhere is reported as
//! an [`Event::FleetCommand`](retry_runtime::observe::Event::FleetCommand) instead, by each
//! instance that shares the breaker. The operator's name is then cut to 64 bytes.
//!
//! # State
//!
//! Fields may be added. If a field is removed or changes its meaning, `version` is raised.
//!
//! | field | content |
//! |---|---|
//! | `version` | 2 |
//! | `control` | whether `POST /control` is available |
//! | `search` | the search in lower case; empty without a search |
//! | `totals` | counts, including items that have no row |
//! | `breakers` | the listed breakers: open ones first, then half-open ones, then those nearest to opening |
//! | `budgets` | the listed budgets, those with the smallest share of their tokens first |
//! | `operations` | the operations that failed at least once, those with the most recent retries first |
//! | `transitions` | the last 100 transitions, newest first |
//! | `controls` | the last 100 operator actions, newest first; all refusals share one entry |
//! | `events` | the last 200 retries and failed calls, newest first |
//! | `fleet` | the fleet; `null` unless the application has called `Page::fleet` |
//!
//! `breakers`, `budgets` and `operations` have at most 200 rows each, all of which match the
//! search. Counts start when the first page is created. A field that does not apply is `null`.
//!
//! | field of `totals` | content |
//! |---|---|
//! | `breakers`, `budgets`, `operations` | each with `listed`, the number of all, and `matching`, the number that match the search |
//! | `breakers.open`, `half_open`, `closed`, `not_enforced` | the listed breakers by state, and those with a mode other than `enforce` |
//! | `operations.recent` | the retries of all operations in the last 12 intervals of 10 s, oldest first |
//! | `rejected.all` | rejected calls of all breakers |
//! | `rejected.other` | rejected calls that are not counted under a name |
//!
//! A breaker has the fields of [`Snapshot`](retry_runtime::registry::Snapshot) except `retry_in`
//! and `since`. It also has:
//!
//! | field of a breaker | content |
//! |---|---|
//! | `state` | `CLOSED`, `OPEN` or `HALF_OPEN` |
//! | `in_state_seconds` | time since the last transition; `null` if there was none |
//! | `retry_in_seconds` | time to the next probe; `null` unless the breaker is open and not forced |
//! | `nearness` | the nearness to opening, from 0 to 1; 1 unless the breaker is closed |
//! | `rejected` | rejected calls, and those that `Mode::Observe` would have rejected; `null` if they are not counted under a name |
//!
//! Rejections are counted under the names of the first 1024 breakers that reject. A breaker that is
//! no longer listed, such as that of an evicted key, makes way for another name.
//!
//! A budget has the fields of [`BudgetSnapshot`](retry_runtime::registry::BudgetSnapshot).
//!
//! | field of an operation | content |
//! |---|---|
//! | `name` | the operation; names beyond 1024 count as `(others)` |
//! | `retries` | retries that were scheduled |
//! | `retried_calls` | calls that were retried at least once |
//! | `gave_up` | calls that failed in the end |
//! | `gave_up_after_retries` | calls that failed in the end and were retried |
//! | `would_retry` | retries that `Mode::Observe` would have made |
//! | `last_kind`, `last_error`, `last_seconds_ago` | the last failure |
//! | `recent` | the retries in the last 12 intervals of 10 s, oldest first |
//!
//! | field of a transition | content |
//! |---|---|
//! | `sequence` | a number that increases across transitions, actions and events |
//! | `breaker`, `from`, `to` | the breaker and its states |
//! | `calls`, `failures`, `slow_calls` | the counts that caused the transition |
//! | `seconds_ago` | the age |
//!
//! | field of an action | content |
//! |---|---|
//! | `sequence` | a number that increases across transitions, actions and events |
//! | `breaker`, `action`, `by`, `detail` | as in [`Event::Control`](retry_runtime::observe::Event::Control) |
//! | `everywhere` | whether it was a command for the whole fleet, from any instance |
//! | `times` | 1, or the number of refusals |
//! | `seconds_ago` | the age |
//!
//! | field of an event | content |
//! |---|---|
//! | `sequence` | a number that increases across transitions, actions and events |
//! | `event` | `retry_scheduled`, `gave_up` or `would_retry` |
//! | `operation`, `attempt`, `max_attempts` | the operation, the failed attempt, and the maximum |
//! | `kind`, `error` | the failure |
//! | `delay_seconds` | the wait before the retry |
//! | `reason` | the reason for giving up |
//! | `seconds_ago` | the age |
//!
//! # Fleet
//!
//! With the feature `fleet`, `Page::fleet` shows the fleet that this process belongs to. Names,
//! versions and operators come from other instances and are untrusted.
//!
//! | field of `fleet` | content |
//! |---|---|
//! | `everywhere` | whether an action may have the scope `everywhere` |
//! | `coordinated` | whether this process acts with the fleet |
//! | `round_trip_seconds` | the time from the last command to its reply; `null` if the process acts alone |
//! | `alone_seconds`, `alone_reason` | the time for which it has acted alone, and the reason; otherwise `null` |
//! | `looked_seconds_ago` | the age of the fields below; `null` if nothing is known |
//! | `group`, `instance`, `quorum` | the group, the name of this instance, and the number of votes that open a breaker |
//! | `totals` | `breakers` and `instances`, each with `listed` and `matching` |
//! | `breakers` | at most 64 breakers, those with problems first |
//! | `instances` | at most 200 live instances, those with problems first. A search also finds an instance by the name of a breaker that is not closed there |
//!
//! | field of a breaker | content |
//! |---|---|
//! | `name`, `state` | the breaker, and the state that the fleet has agreed on |
//! | `left_seconds` | the rest of the open phase; `null` unless the breaker is open |
//! | `failed`, `ok`, `epoch` | consecutive failed recoveries, successes in this recovery, and the number of this state |
//! | `voters` | the instances whose votes to open it count, at most 32 |
//! | `probing` | the instances that may probe, once for each lease, at most 32 |
//! | `forced`, `forced_left_seconds` | the state that an operator forces, and the time left; `null` if it lasts until `reset` |
//! | `mode`, `by` | the mode that an operator has set, and the operator of the last command |
//!
//! | field of an instance | content |
//! |---|---|
//! | `name`, `version` | the instance, and the version of its application |
//! | `coordinated` | whether it reports that it acts with the fleet; `null` if it does not report this |
//! | `open`, `open_breakers` | the number of its breakers that are not closed, and the first of their names |
//! | `last_beat_seconds_ago` | the age of its last heartbeat |
//!
//! # Access
//!
//! The page shows the names of your dependencies and up to 100 characters of their errors. The
//! router does not restrict who may read it. Serve it on an internal port, or behind the
//! application's own authentication layer, and set [`Page::allowed_hosts`].

// docs.rs shows the feature that each item needs.
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
