//! Maps errors of the client library to reasons.

use redis::{ErrorKind, RedisError};

use crate::transport::{Lost, Reason};

/// The reasons for the codes with which a server's errors begin.
const CODES: [(&str, Reason); 19] = [
    ("ASK", Reason::Moved),
    ("BUSY", Reason::Unavailable),
    ("CLUSTERDOWN", Reason::Unavailable),
    ("CROSSSLOT", Reason::CrossSlot),
    ("LOADING", Reason::Unavailable),
    ("MASTERDOWN", Reason::Unavailable),
    ("MISCONF", Reason::Unavailable),
    ("MOVED", Reason::Moved),
    ("NOAUTH", Reason::WrongPass),
    ("NOPERM", Reason::Denied),
    ("NOPROTO", Reason::TooOld),
    ("NOREPLICAS", Reason::Unavailable),
    ("NOSCRIPT", Reason::Failed),
    ("OOM", Reason::OutOfMemory),
    // A primary has become a replica. The next connection asks for the primary again.
    ("READONLY", Reason::Moved),
    ("TRYAGAIN", Reason::Moved),
    ("UNKILLABLE", Reason::Unavailable),
    ("WRONGPASS", Reason::WrongPass),
    ("WRONGTYPE", Reason::WrongType),
];

/// Texts of older servers for a script that lacks a permission. Newer servers send the code
/// `NOPERM`.
const DENIED: [&str; 3] =
    ["ACL failure in script", "user executing the script can't", "user has no permissions"];

/// Describes an error of an established connection.
pub(super) fn lost(error: &RedisError) -> Lost {
    let Some((code, text)) = server_error(error) else { return broken(error) };
    let text = format!("{code} {text}");
    Lost::new(reason(code, &text), text.trim_end())
}

/// Describes an error of authentication. It leaves out the server's text, which may repeat what was
/// sent, including the password.
pub(super) fn refused(error: &RedisError) -> Lost {
    if error.kind() == ErrorKind::RESP3NotSupported {
        return Lost::new(Reason::TooOld, "");
    }
    let Some((code, text)) = server_error(error) else { return broken(error) };
    if text.contains("unknown command") {
        return Lost::new(Reason::TooOld, "");
    }
    let known = reason_of_code(code).map_or("", |_| code);
    Lost::new(reason(code, &format!("{code} {text}")), known)
}

/// Returns the command that a script lacks permission for. The server reports only the line.
pub(super) fn denied_command(error: &RedisError, script: &str) -> Option<String> {
    let text = error.detail()?;
    if !text.contains("can't run this command") {
        return None;
    }
    let (_, line) = text.split_once("user_script:")?;
    let digits = line.trim_start().split(|c: char| !c.is_ascii_digit()).next()?;
    let line: usize = digits.parse().ok()?;
    // The name may be on the line after `call(`.
    let mut words =
        script.lines().skip(line.checked_sub(1)?).take(2).flat_map(|line| line.split('\''));
    let is_command = |word: &&str| word.len() > 2 && word.bytes().all(|c| c.is_ascii_uppercase());
    words.find(is_command).map(str::to_ascii_lowercase)
}

/// Returns the code and the text of a server's error.
fn server_error(error: &RedisError) -> Option<(&str, &str)> {
    error.code().map(|code| (code, error.detail().unwrap_or("")))
}

fn reason(code: &str, text: &str) -> Reason {
    if let Some(reason) = reason_of_code(code) {
        return reason;
    }
    if DENIED.iter().any(|words| text.contains(words)) {
        return Reason::Denied;
    }
    // Redis 6 wraps the error of a script's command in another error, with a dash before the code.
    let mut words = text.split(' ').filter_map(|word| word.strip_prefix('-'));
    words.find_map(reason_of_code).unwrap_or(Reason::Failed)
}

fn reason_of_code(code: &str) -> Option<Reason> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, reason)| *reason)
}

/// Describes an error of the client library or the system.
fn broken(error: &RedisError) -> Lost {
    let reason = if error.is_timeout() {
        Reason::TimedOut
    } else if error.kind() == ErrorKind::Io {
        Reason::Closed
    } else {
        Reason::Malformed
    };
    Lost::new(reason, "")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Returns the client library's error for a server's answer.
    fn answer(line: &str) -> RedisError {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err()
    }

    #[test]
    fn each_code_has_its_reason() {
        for (code, expected) in CODES {
            assert_eq!(lost(&answer(&format!("{code} because"))).reason(), expected, "{code}");
            assert_eq!(lost(&answer(code)).reason(), expected, "{code}");
        }
        assert_eq!(lost(&answer("ERR because")).reason(), Reason::Failed);
        assert_eq!(lost(&answer("")).reason(), Reason::Failed);
    }

    #[test]
    fn an_error_inside_of_a_script_has_the_same_reason() {
        let redis_6 = "ERR Error running script (call to f_0123): @user_script:3: @user_script: 3: \
                       -WRONGTYPE Operation against a key holding the wrong kind of value";
        assert_eq!(lost(&answer(redis_6)).reason(), Reason::WrongType);
        let redis_7 = "ERR ACL failure in script: User checkout has no permissions to run the \
                       'hget' command script: 0123, on @user_script:1.";
        assert_eq!(lost(&answer(redis_7)).reason(), Reason::Denied);
        assert!(lost(&answer(redis_7)).detail().contains("'hget'"));
    }

    #[test]
    fn a_command_that_a_script_may_not_run_is_found_by_its_line() {
        let script = "call('TIME')\n  local found = call(\n    'ZCARD', POSITIONS)\nreturn 1\n";
        let found = |line: &str| {
            let text = "ERR The user executing the script can't run this command or subcommand";
            denied_command(
                &answer(&format!("{text} script: 0123, on @user_script:{line}.")),
                script,
            )
        };
        assert_eq!(found("1"), Some("time".to_owned()));
        assert_eq!(found("2"), Some("zcard".to_owned()));
        assert_eq!(found(" 1"), Some("time".to_owned()));
        for nonsense in ["4", "5", "0", "", "x", "99999999999999999999"] {
            assert_eq!(found(nonsense), None, "{nonsense}");
        }
        assert_eq!(denied_command(&answer("ERR on @user_script:1."), script), None);
    }

    #[test]
    fn a_permission_is_named() {
        let error = answer("NOPERM this user has no permissions to run the 'evalsha' command");
        assert_eq!(
            lost(&error).detail(),
            "NOPERM this user has no permissions to run the 'evalsha' command"
        );
    }

    #[test]
    fn what_the_server_says_while_authenticating_is_not_repeated() {
        let error = answer(
            "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'ann' 'secret'",
        );
        assert_eq!(refused(&error), Lost::new(Reason::TooOld, ""));
        let error = answer("ERR wrong password: secret");
        assert_eq!(refused(&error), Lost::new(Reason::Failed, ""));
        let error = answer("WRONGPASS invalid username-password pair or user is disabled.");
        assert_eq!(refused(&error), Lost::new(Reason::WrongPass, "WRONGPASS"));
        let error = answer("NOPROTO unsupported protocol version");
        assert_eq!(refused(&error), Lost::new(Reason::TooOld, "NOPROTO"));
    }

    #[test]
    fn what_broke_the_connection() {
        let error = |kind| RedisError::from(io::Error::from(kind));
        assert_eq!(lost(&error(io::ErrorKind::TimedOut)), Lost::new(Reason::TimedOut, ""));
        assert_eq!(lost(&error(io::ErrorKind::BrokenPipe)), Lost::new(Reason::Closed, ""));
        let garbage = redis::parse_redis_value(b"hello\r\n").unwrap_err();
        assert_eq!(lost(&garbage), Lost::new(Reason::Malformed, ""));
    }
}
