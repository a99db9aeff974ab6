use retry_utils::{FailureKind, Retryable};

#[derive(Clone, Copy, Retryable)]
#[retry(timeout)]
union Bits {
    float: f32,
    integer: u32,
}

fn kind(bits: Bits) -> FailureKind {
    bits.failure_kind()
}

fn main() {
    kind(Bits { integer: 0 });
}
