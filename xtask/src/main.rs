//! Build scripts.
fn main() {}
