//! Asks Sentinels where the primary is.

use redis::from_redis_value;

use super::connection::{Options, RedisConnection};
use super::errors;
use super::target::{Address, Credentials};
use crate::transport::{Lost, Reason};

/// Returns the address from the first Sentinel that answers.
pub(super) async fn primary(
    sentinels: &[Address],
    name: &str,
    options: &Options,
    credentials: Option<&Credentials>,
) -> Result<Address, Lost> {
    let mut result = Err(Lost::new(Reason::Unreachable, ""));
    for sentinel in sentinels {
        // Sentinels have separate passwords, and mostly none.
        result = ask(sentinel, name, options, None).await;
        if refused(&result) && credentials.is_some() {
            result = ask(sentinel, name, options, credentials).await;
        }
        if result.is_ok() {
            break;
        }
    }
    result
}

fn refused(result: &Result<Address, Lost>) -> bool {
    result.as_ref().is_err_and(|lost| matches!(lost.reason(), Reason::WrongPass | Reason::Denied))
}

async fn ask(
    sentinel: &Address,
    name: &str,
    options: &Options,
    credentials: Option<&Credentials>,
) -> Result<Address, Lost> {
    let mut connection = RedisConnection::open(sentinel, options, credentials).await?;
    let mut command = redis::cmd("SENTINEL");
    command.arg("get-master-addr-by-name").arg(name);
    let reply = connection.command(&command).await.map_err(|error| errors::lost(&error))?;
    if reply == redis::Value::Nil {
        let detail = format!("the Sentinel at {sentinel} knows no primary of this name");
        return Err(Lost::new(Reason::Unavailable, &detail));
    }
    match from_redis_value(reply) {
        Ok((host, port)) => Ok(Address { host, port }),
        Err(_) => Err(Lost::new(Reason::Malformed, "a Sentinel's answer")),
    }
}
