//! Converts replies of the client library to those of `wire`.

use crate::transport::{Lost, Reason};
use crate::wire::Value;

/// Converts a reply. Scripts return no other types.
pub(super) fn convert(value: redis::Value) -> Result<Value, Lost> {
    Ok(match value {
        redis::Value::Nil => Value::Nil,
        redis::Value::Int(number) => Value::Int(number),
        redis::Value::BulkString(text) => Value::Text(text),
        redis::Value::SimpleString(text) => Value::Text(text.into_bytes()),
        redis::Value::Okay => Value::Text(b"OK".to_vec()),
        // The client library rejects deep nesting.
        redis::Value::Array(values) => {
            Value::Array(values.into_iter().map(convert).collect::<Result<_, _>>()?)
        }
        _ => return Err(Lost::new(Reason::Malformed, "an unexpected type of reply")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_return_is_converted() {
        let read = |text: &str| {
            let value = redis::parse_redis_value(text.as_bytes()).unwrap();
            convert(value).map_err(|lost| lost.reason())
        };
        let expected = Value::Array(vec![
            Value::Int(7),
            Value::Text(b"a".to_vec()),
            Value::Nil,
            Value::Text(b"OK".to_vec()),
            Value::Array(vec![]),
        ]);
        assert_eq!(read("*5\r\n:7\r\n$1\r\na\r\n_\r\n+OK\r\n*0\r\n"), Ok(expected));
        for other in ["#t\r\n", ",1.5\r\n", "%0\r\n", "~0\r\n", "*1\r\n-ERR no\r\n"] {
            assert_eq!(read(other), Err(Reason::Malformed), "{other}");
        }
    }
}
