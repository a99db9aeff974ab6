//! The program of `docs/quickstart.md`, compiled with the libraries that it requires.
#![cfg_attr(doctest, doc = include_str!("../../../docs/quickstart.md"))]
