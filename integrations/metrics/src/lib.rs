//! Compiles the programs of `docs/observing.md`, with Prometheus's exporter.
#![cfg_attr(doctest, doc = include_str!("../../../docs/observing.md"))]
