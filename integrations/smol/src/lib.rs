//! Compiles the program of `docs/runtimes.md`, with smol's executor.
#![cfg_attr(doctest, doc = include_str!("../../../docs/runtimes.md"))]
