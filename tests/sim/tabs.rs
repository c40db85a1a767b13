//! Several tabs over the same events: one acts, the others follow, and take over when it is frozen or gone. Each has a scheduler and
//! a reference, compared after every step; beside that the laws hold that a browser profile relies on.

mod laws;
mod profile;

use crate::rng::Rng;
use crate::tabs::profile::Profile;

/// What one run of the whole suite can afford.
const SEEDS: u64 = 40;
const STEPS: usize = 300;

const KEPT: &str = include_str!("tabs/seeds.txt");

#[test]
fn seeds_of_tabs_that_have_failed_pass() {
    for line in KEPT.lines() {
        let numbers = line.split('#').next().unwrap_or_default();
        let mut numbers = numbers.split_whitespace().map(|number| number.parse::<u64>().expect("a number"));
        if let Some(seed) = numbers.next() {
            check(seed, numbers.next().expect("the number of steps") as usize);
        }
    }
}

#[test]
fn several_tabs_settle_every_occurrence_once() {
    let first = crate::setting("CES_SIM_SEED").unwrap_or(crate::FIRST_SEED);
    let steps = crate::setting("CES_SIM_STEPS").unwrap_or(STEPS as u64);
    let one = crate::setting("CES_SIM_SEED").is_some();
    let seeds = crate::setting("CES_SIM_SEEDS").unwrap_or(if one { 1 } else { SEEDS });
    let seconds = crate::setting("CES_SIM_SECONDS");
    #[expect(clippy::disallowed_methods, reason = "a soak ends when its time is over; no run sees the clock")]
    let began = std::time::Instant::now();
    let mut runs = 0;
    let mut reached = Reached::default();
    while seconds.map_or(runs < seeds, |seconds| began.elapsed().as_secs() < seconds) {
        reached.add(check(first + runs, steps as usize));
        runs += 1;
    }
    println!("{runs} runs of {steps} steps from seed {first} on: {reached:?}");
    if !one && runs * steps >= SEEDS * STEPS as u64 {
        let Reached { effects, repeated, takeovers, refused, adopted, started, held } = reached;
        let all = [effects, repeated, takeovers, refused, adopted, started, held];
        assert!(all.into_iter().all(|count| count > 0), "the tabs have gone blind: {reached:?}");
    }
}

/// How many lines of what happened a failure shows.
fn shown() -> usize {
    crate::setting("CES_SIM_SHOWN").map_or(25, |lines| lines as usize)
}

/// What runs have reached.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    effects: u64,
    /// Second attempts and later ones.
    repeated: u64,
    takeovers: u64,
    /// What one wanted to store that did not act any more.
    refused: u64,
    adopted: u64,
    /// Pages that have started from what was stored.
    started: u64,
    /// Steps with a delivery of an occurrence that was not known yet.
    held: u64,
}

impl Reached {
    fn add(&mut self, other: Self) {
        self.effects += other.effects;
        self.repeated += other.repeated;
        self.takeovers += other.takeovers;
        self.refused += other.refused;
        self.adopted += other.adopted;
        self.started += other.started;
        self.held += other.held;
    }
}

fn check(seed: u64, steps: usize) -> Reached {
    let mut profile = Profile::new(seed);
    let mut rng = Rng::new(seed ^ 0x7ab5);
    for step in 1..=steps {
        if let Err(difference) = profile.step(&mut rng) {
            let log = profile.log.iter().rev().take(shown()).rev().cloned().collect::<Vec<_>>().join("\n  ");
            panic!(
                "tabs, seed {seed}, step {step}\n{:?}\n  {log}\n{difference}\n\n\
                 again: CES_SIM_SEED={seed} CES_SIM_STEPS={step} cargo test --test sim tabs -- --nocapture\n\
                 when it is mended: add `{seed} {step}  # what it found` to tests/sim/tabs/seeds.txt",
                profile.config
            );
        }
    }
    if let Err(difference) = profile.come_to_rest() {
        let log = profile.log.iter().rev().take(shown()).rev().cloned().collect::<Vec<_>>().join("\n  ");
        panic!(
            "tabs, seed {seed}, after {steps} steps, at rest\n{:?}\n  {log}\n{difference}",
            profile.config
        );
    }
    profile.reached
}
