//! Errors that redis itself creates. The kinds have different names in each version.

use retry_utils::FailureKind::{
    Bug, Connection, InvalidRequest, Permanent, Transient, Unauthorized, Unavailable,
};
use retry_utils::Retryable;

#[test]
fn kinds_of_redis_1() {
    use redis::ErrorKind as K;
    for (error, kind) in [
        (K::AuthenticationFailed, Unauthorized),
        (K::MasterNameNotFoundBySentinel, Unavailable),
        (K::NoValidReplicasFoundBySentinel, Unavailable),
        (K::ClusterConnectionNotFound, Connection),
        (K::InvalidClientConfig, InvalidRequest),
        (K::EmptySentinelList, InvalidRequest),
        (K::RESP3NotSupported, InvalidRequest),
        (K::UnexpectedReturnType, Bug),
        (K::Client, Permanent),
        (K::Parse, Permanent),
        (K::Io, Transient),
    ] {
        let failed = redis::RedisError::from((error, "as scripted"));
        assert_eq!(failed.failure_kind(), kind, "{error:?}");
    }
}

#[test]
fn kinds_of_redis_0_32() {
    use redis_0_32::ErrorKind as K;
    for (error, kind) in [
        (K::AuthenticationFailed, Unauthorized),
        (K::MasterNameNotFoundBySentinel, Unavailable),
        (K::NoValidReplicasFoundBySentinel, Unavailable),
        (K::ClusterConnectionNotFound, Connection),
        (K::InvalidClientConfig, InvalidRequest),
        (K::EmptySentinelList, InvalidRequest),
        (K::RESP3NotSupported, InvalidRequest),
        (K::TypeError, Bug),
        (K::ClientError, Permanent),
        (K::ParseError, Permanent),
        (K::IoError, Transient),
    ] {
        let failed = redis_0_32::RedisError::from((error, "as scripted"));
        assert_eq!(failed.failure_kind(), kind, "{error:?}");
    }
}
