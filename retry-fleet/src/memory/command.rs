//! `command`: applies an operator's command.
//!
//! 1. The [start](super).
//! 2. If the entry's record has the id of the request, answer `repeated`.
//! 3. If there is no room for the entry, answer `full`.
//! 4. Let `epoch` be a new epoch, and the record have it with the id and the operator of the request.
//!    - `open`, `closed`: force as commanded. `until` is 0 if lasting is 0, else now + lasting. The
//!      mode is that of the old record, `-` without one.
//!    - `reset`: force `-`, `until` 0, the mode of the old record.
//!    - `mode`: the mode as commanded. Force and `until` are those of the old record, but `-` and 0
//!      without one or if its `until` is neither 0 nor after now.
//! 5. `HSET o breaker record`. For `reset`: the register is closed with the same epoch, until 0,
//!    failed 0, ok 0. `HSET r breaker register`, `DEL v s`.
//! 6. move(breaker, epoch), push(`command`, epoch). Answer `done`.
