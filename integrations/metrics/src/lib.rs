//! The programs of `docs/observing.md`, compiled with the exporter that one of them installs.
#![cfg_attr(doctest, doc = include_str!("../../../docs/observing.md"))]
