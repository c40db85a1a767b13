//! Native benchmarks of the core: what an operation costs, and how that grows with the number of events.
//!
//! `cargo xtask bench` runs them; `cargo bench --bench native -- add` runs those whose name has `add` in it, `-- --quick` shows that
//! they run. Criterion compares with the run before; the table at the end has its medians.

mod curve;
mod data;
mod functions;
mod operations;
mod recurrences;
mod states;

use curve::Curve;

/// Numbers of events: of the curve, and of what stays small when it is only to be shown that it runs.
const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
const SMALL: usize = 10_000;

fn main() {
    let measures = std::env::args().any(|word| word == "--bench");
    let quick = std::env::args().any(|word| word == "--quick");
    let largest = if measures && !quick { usize::MAX } else { SMALL };
    let sizes: Vec<usize> = SIZES.into_iter().filter(|size| *size <= largest).collect();

    let mut curve = Curve::new();
    for &size in &sizes {
        operations::measure(&mut curve, size);
    }
    for &size in sizes.iter().filter(|size| (10_000..=100_000).contains(*size)) {
        states::measure(&mut curve, size);
        functions::conflicts(&mut curve, size);
    }
    functions::server_clock(&mut curve);
    recurrences::measure(&mut curve);
    curve.print(&sizes);
}
