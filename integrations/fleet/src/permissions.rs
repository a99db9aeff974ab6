//! The permissions that the guide gives to a user of one group.

/// The commands of the guide's user.
pub const COMMANDS: &str = "-@all +eval +evalsha +hello +subscribe +unsubscribe +ping +publish \
                            +time +hget +hset +hdel +hmget +hscan +zadd +zrem +zcard +zcount \
                            +zrangebyscore +zremrangebyscore +del +pexpire";

/// Returns the rules of the guide's user for a group, with a password.
#[must_use]
pub fn rules(group: &str, password: &str) -> Vec<String> {
    let rules = format!(
        "on >{password} resetkeys ~{{rf1:{group}}}:* resetchannels &{{rf1:{group}}}:* {COMMANDS}"
    );
    rules.split(' ').map(ToOwned::to_owned).collect()
}
