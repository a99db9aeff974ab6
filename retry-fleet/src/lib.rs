//! Circuit breakers of retry-utils that many processes share.

// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
