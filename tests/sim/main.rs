//! The simulator: the scheduler and a second, obvious implementation of docs/semantics.md are fed the same random steps, and
//! have to agree after each of them.
//!
//! One seed reproduces a whole run. `CES_SIM_SEED` is the first seed, `CES_SIM_SEEDS` how many, `CES_SIM_STEPS` the length of each run;
//! with `CES_SIM_SECONDS` seeds are drawn until that time is over. Seeds that have failed stand in `seeds.txt` and run first, always.
#![cfg(not(target_arch = "wasm32"))]

mod assertions;
mod coverage;
mod foresight;
mod generator;
mod invariants;
mod reference;
mod rng;
mod run;
mod sut;
mod tabs;
mod transition;

use coverage::Coverage;
use run::{Failure, draw, shrink};

/// Where the seeds begin.
const FIRST_SEED: u64 = 1;
/// What one run of the whole suite can afford.
const SEEDS: u64 = 60;
const STEPS: usize = 400;
/// Steps that a failure shows.
const SHOWN: usize = 20;

const KEPT: &str = include_str!("seeds.txt");

#[test]
fn seeds_that_have_failed_pass() {
    for line in KEPT.lines() {
        let numbers = line.split('#').next().unwrap_or_default();
        let mut numbers = numbers.split_whitespace().map(|number| number.parse::<u64>().expect("a number"));
        if let Some(seed) = numbers.next() {
            let steps = numbers.next().expect("the number of steps") as usize;
            check(seed, steps, &mut Coverage::default());
        }
    }
}

#[test]
fn the_scheduler_does_what_the_reference_does() {
    let (first, steps) =
        (setting("CES_SIM_SEED").unwrap_or(FIRST_SEED), setting("CES_SIM_STEPS").unwrap_or(STEPS as u64));
    let seeds = setting("CES_SIM_SEEDS").unwrap_or(if setting("CES_SIM_SEED").is_some() { 1 } else { SEEDS });
    let seconds = setting("CES_SIM_SECONDS");
    #[expect(clippy::disallowed_methods, reason = "a soak ends when its time is over; no run sees the clock")]
    let began = std::time::Instant::now();
    let mut coverage = Coverage::default();
    let mut runs = 0;
    let go_on = |runs| match seconds {
        Some(seconds) => began.elapsed().as_secs() < seconds,
        None => runs < seeds,
    };
    while go_on(runs) {
        check(first + runs, steps as usize, &mut coverage);
        runs += 1;
    }
    println!("{runs} runs of {steps} steps from seed {first} on: {} transitions\n{coverage}", runs * steps);
    let usual = setting("CES_SIM_SEED").is_none() && runs * steps >= SEEDS * STEPS as u64;
    if usual {
        assert_eq!(coverage.missing(), Vec::<String>::new(), "the generator has gone blind");
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn check(seed: u64, steps: usize, coverage: &mut Coverage) {
    let Err(failure) = draw(seed, steps, coverage) else { return };
    let step = failure.script.steps.len();
    let found = report(&failure);
    let shrunk = report(&shrink(*failure));
    panic!(
        "seed {seed}, step {step}\n{found}\n\nshrunk to what still fails:\n{shrunk}\n\n\
         again: CES_SIM_SEED={seed} CES_SIM_STEPS={step} cargo test --test sim -- --nocapture\n\
         when it is mended: add `{seed} {step}  # what it found` to tests/sim/seeds.txt"
    );
}

fn report(failure: &Failure) -> String {
    let Failure { script, difference } = failure;
    let from = script.steps.len().saturating_sub(SHOWN);
    let steps: Vec<_> = script
        .steps
        .iter()
        .enumerate()
        .skip(from)
        .map(|(i, step)| format!("  {:>4} {step}", i + 1))
        .collect();
    format!("{:?}\n{}\n{difference}", script.config, steps.join("\n"))
}
