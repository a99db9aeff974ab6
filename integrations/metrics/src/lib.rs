//! Compiles the programs of `docs/observing.md` with the exporter for Prometheus.
#![cfg_attr(doctest, doc = include_str!("../../../docs/observing.md"))]
