//! The parsing, with a lookup in place of the environment.
