//! The program of `docs/quickstart.md`, compiled with the libraries that it asks for.
#![cfg_attr(doctest, doc = include_str!("../../../docs/quickstart.md"))]
