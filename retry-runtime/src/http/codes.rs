//! The error codes of vendors, in the body of a response and in one header.
//!
//! Only fields count, never words in a text. The body may be cut anywhere: codes before the cut are
//! found.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::values::go_duration;
use crate::failure::FailureKind;

/// `OpenAI`'s codes for limits that do not pass with time, in `error.code` or `error.type`.
pub(super) const NEVER: &[&str] = &[
    "credit_balance_exhausted",
    "organization_usage_limit_exceeded",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "insufficient_quota",
    "billing_hard_limit_reached",
];

/// The same from Anthropic, in `error.details.error_code`.
pub(super) const NEVER_IN_DETAILS: &[&str] = &["enforced_spend_limit_reached"];

/// The AWS code for a quota that only a person can raise.
pub(super) const AWS_NEVER: &[&str] = &["ServiceQuotaExceededException"];

/// The AWS codes for too many requests.
pub(super) const AWS_THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// The header with an AWS code.
pub(super) const AWS_HEADER: &str = "x-amzn-errortype";

/// The information found in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// `ResourceExhausted` for a limit that does not pass with time, `RateLimited` for AWS
    /// throttling.
    pub(super) kind: Option<FailureKind>,
    /// Google's `retryDelay`, if it is above zero and the limit passes with time.
    pub(super) retry_delay: Option<Duration>,
}

/// Reads a body, or the start of one.
pub(super) fn read(body: &str) -> Said {
    let mut found = Said::default();
    let look = Look { place: Place::Root, is_element: false, found: &mut found };
    let mut json = serde_json::Deserializer::from_str(body.trim_start_matches('\u{feff}'));
    // The body may be cut off, or not be JSON. Everything found up to there counts.
    let _ = look.deserialize(&mut json);
    if found.kind == Some(FailureKind::ResourceExhausted) {
        found.retry_delay = None;
    }
    found
}

/// Returns the kind for an AWS code in the headers.
pub(super) fn of_headers(headers: &HeaderMap) -> Option<FailureKind> {
    aws(headers.get(AWS_HEADER)?.to_str().ok()?)
}

/// Classifies an AWS code, which may follow a namespace ending in `#` and precede a URL after `:`.
fn aws(code: &str) -> Option<FailureKind> {
    let code = code.split(':').next()?;
    let code = code.rsplit('#').next()?.trim();
    if AWS_NEVER.contains(&code) {
        return Some(FailureKind::ResourceExhausted);
    }
    AWS_THROTTLING.contains(&code).then_some(FailureKind::RateLimited)
}

/// A place in the document that may contain a code.
#[derive(Clone, Copy)]
enum Place {
    /// The document, or an element if the document is an array.
    Root,
    Error,
    Code,
    /// An object, or an element of an array.
    Details,
    DetailsCode,
    RetryDelay,
    Violations,
    QuotaId,
    AwsType,
}

impl Place {
    /// Returns the place at this key.
    fn under(self, key: &str) -> Option<Self> {
        Some(match (self, key) {
            (Self::Root, "error") => Self::Error,
            (Self::Root, "__type") => Self::AwsType,
            (Self::Error, "code" | "type") => Self::Code,
            (Self::Error, "details") => Self::Details,
            (Self::Details, "error_code") => Self::DetailsCode,
            (Self::Details, "retryDelay") => Self::RetryDelay,
            (Self::Details, "violations") => Self::Violations,
            (Self::Violations, "quotaId") => Self::QuotaId,
            _ => return None,
        })
    }

    /// Returns whether this place may hold an array of such values.
    const fn may_be_array(self) -> bool {
        matches!(self, Self::Root | Self::Details | Self::Violations)
    }
}

/// A search for codes in the value at a place.
struct Look<'f> {
    place: Place,
    /// `true` for the elements of an array. Arrays inside arrays are skipped.
    is_element: bool,
    found: &'f mut Said,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.place.under(&key) {
                Some(place) => {
                    map.next_value_seed(Look {
                        place,
                        is_element: false,
                        found: &mut *self.found,
                    })?;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        if self.place.may_be_array() && !self.is_element {
            let place = self.place;
            while array
                .next_element_seed(Look { place, is_element: true, found: &mut *self.found })?
                .is_some()
            {}
        } else {
            while array.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let never = Some(FailureKind::ResourceExhausted);
        let kind = match self.place {
            // Some servers send only a code as the error.
            Place::Error | Place::Code if NEVER.contains(&text) => never,
            Place::DetailsCode if NEVER_IN_DETAILS.contains(&text) => never,
            Place::QuotaId if text.contains("PerDay") => never,
            Place::AwsType => aws(text),
            Place::RetryDelay => {
                let wait = go_duration(text).filter(|wait| !wait.is_zero());
                self.found.retry_delay = self.found.retry_delay.max(wait);
                None
            }
            _ => None,
        };
        if self.found.kind != never {
            self.found.kind = kind.or(self.found.kind);
        }
        Ok(())
    }

    // Other values carry no information at any place.

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
