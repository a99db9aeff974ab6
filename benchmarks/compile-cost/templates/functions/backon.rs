use backon_macros::backon;

#[derive(Debug)]
pub enum Failure {
    Down,
}

impl Failure {
    fn is_transient(&self) -> bool {
        matches!(self, Failure::Down)
    }
}
