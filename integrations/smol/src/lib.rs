//! The program of `docs/runtimes.md`, compiled with the executor that it runs on.
#![cfg_attr(doctest, doc = include_str!("../../../docs/runtimes.md"))]
