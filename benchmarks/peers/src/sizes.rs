//! How large the futures of the peers are.

use scenarios::size::Size;

pub(crate) fn sizes() -> Vec<Size> {
    Vec::new()
}
