//! The code of other libraries in `docs/coming-from-backon-and-tower.md`, compiled. The package
//! `prose` checks that the chapter shows lines of this file.

pub mod backon_example;
pub mod tokio_retry_example;
pub mod tower_example;
