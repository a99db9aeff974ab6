//! A fleet from environment variables.

use std::env;
use std::ffi::OsString;

use retry_runtime::{ConfigError, Mode};

use crate::builder::FleetBuilder;
use crate::builder::rules::check_group;
use crate::fleet::Fleet;
use crate::server::{SECRET, Server};

const PREFIX: &str = "RETRY_FLEET_";
const URL: &str = "RETRY_FLEET_URL";
const GROUP: &str = "RETRY_FLEET_GROUP";
const MODE: &str = "RETRY_FLEET_MODE";

impl Fleet {
    /// Returns the builder of the fleet that the environment describes.
    ///
    /// | variable | value |
    /// |---|---|
    /// | `RETRY_FLEET_URL` | the URL, as for `Fleet::redis` |
    /// | `RETRY_FLEET_GROUP` | the group; required with a URL |
    /// | `RETRY_FLEET_MODE` | `enforce`, the default, `observe` or `off` |
    ///
    /// Without any of these variables, the fleet is in [`Mode::Off`]: it starts, shares nothing and
    /// stays alone. The same code therefore runs on machines with and without a server.
    ///
    /// ```no_run
    /// # mod retry_utils { pub use retry_fleet as fleet; pub use retry_runtime::*; }
    /// # use retry_utils::fleet::Fleet;
    /// # use retry_utils::CircuitBreaker;
    /// static LLM_API: CircuitBreaker = CircuitBreaker::new("llm-api");
    ///
    /// let fleet = Fleet::from_env()?.share(&LLM_API).start()?;
    /// # Ok::<(), retry_utils::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error for a value that breaks a rule, for a group or a mode without a URL, and
    /// for an unknown variable that begins with `RETRY_FLEET_`. The error never shows the URL,
    /// which may contain a password.
    pub fn from_env() -> Result<FleetBuilder, ConfigError> {
        from_variables(env::vars_os())
    }
}

fn from_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<FleetBuilder, ConfigError> {
    let (mut url, mut group, mut mode) = (None, None, None);
    for (name, value) in variables {
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let place = match &*name {
            URL => &mut url,
            GROUP => &mut group,
            MODE => &mut mode,
            unknown => {
                let rule =
                    "is unknown: use `RETRY_FLEET_URL`, `RETRY_FLEET_GROUP` or `RETRY_FLEET_MODE`";
                return Err(ConfigError::new(unknown.to_owned(), SECRET, rule));
            }
        };
        let is_secret = &*name == URL;
        let value = value.into_string().map_err(|value| {
            let shown = if is_secret { SECRET.into() } else { value.to_string_lossy() };
            ConfigError::new(name.clone().into_owned(), shown, "must be Unicode")
        })?;
        *place = Some(value);
    }
    let mode = mode.map(|text| parse_mode(&text)).transpose()?;
    let off = || FleetBuilder::new(Server::in_memory()).mode(Mode::Off);
    if mode == Some(Mode::Off) {
        return Ok(off());
    }
    let Some(url) = url else {
        let lonely = group.map(|group| (GROUP, group));
        let lonely = lonely.or_else(|| mode.map(|mode| (MODE, mode.to_string())));
        return lonely.map_or_else(
            || Ok(off()),
            |(place, value)| {
                Err(ConfigError::new(
                    place,
                    value,
                    "needs `RETRY_FLEET_URL`: set it, or unset this variable",
                ))
            },
        );
    };
    let builder = of_redis(&url)?;
    let Some(group) = group else {
        return Err(ConfigError::new(
            GROUP,
            "",
            "must be set if `RETRY_FLEET_URL` is, such as to `prod/checkout`",
        ));
    };
    check_group(GROUP, &group)?;
    Ok(builder.group(group).mode(mode.unwrap_or(Mode::Enforce)))
}

#[cfg(feature = "redis")]
fn of_redis(url: &str) -> Result<FleetBuilder, ConfigError> {
    Fleet::redis(url).map_err(|error| ConfigError::new(URL, SECRET, error.rule().to_owned()))
}

#[cfg(not(feature = "redis"))]
fn of_redis(_: &str) -> Result<FleetBuilder, ConfigError> {
    Err(ConfigError::new(
        URL,
        SECRET,
        "needs Redis: enable the feature `redis` of the crate `retry-fleet`",
    ))
}

fn parse_mode(text: &str) -> Result<Mode, ConfigError> {
    text.parse().map_err(|error: ConfigError| ConfigError::new(MODE, text, error.rule().to_owned()))
}

#[cfg(test)]
mod tests;
