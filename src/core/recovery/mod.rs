//! Missed triggers: which are still delivered, and how many there were.

use crate::delivery::Cause;
use crate::time::Timestamp;
use crate::trigger::TriggerKind;

/// Which missed triggers of a kind are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum MissedPolicy {
    /// Every one inside the catch-up window.
    #[default]
    All = 0,
    /// Only those that no later trigger of the same event has overtaken.
    Latest = 1,
    /// None: only states follow.
    Skip = 2,
}

impl MissedPolicy {
    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Latest => "latest",
            Self::Skip => "skip",
        }
    }

    /// The policy with this wire name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::All, Self::Latest, Self::Skip].into_iter().find(|policy| policy.as_str() == name)
    }
}

/// How missed triggers are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryPolicy {
    /// How old, in hours, a missed trigger may be and still be delivered. 0 delivers none.
    pub max_downtime_hours: u32,
    /// Elapsed milliseconds between two deliveries from the waiting queue; 0 hands them out all at once.
    pub delay_ms: u32,
    /// What is delivered, by number of the kind.
    pub missed: [MissedPolicy; TriggerKind::ALL.len()],
}

impl Default for RecoveryPolicy {
    fn default() -> Self {
        Self { max_downtime_hours: 24, delay_ms: 100, missed: [MissedPolicy::All; TriggerKind::ALL.len()] }
    }
}

impl RecoveryPolicy {
    /// The catch-up window in milliseconds.
    pub(crate) fn window_ms(&self) -> i64 {
        i64::from(self.max_downtime_hours) * 3_600_000
    }
}

/// The instant that divides what an edit made at `now` places in the past: a due time after it still fires, as *late*; an earlier
/// one only sets the state.
pub const fn placed_fires_after(now: Timestamp, backdate_grace_ms: u32) -> Timestamp {
    now.saturating_add_ms(-(backdate_grace_ms as i64))
}

/// What an occurrence that fires is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Deliver(Cause),
    Expire,
    Skip,
    Supersede,
}

/// How late an occurrence is, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Misfire {
    pub(crate) kind: TriggerKind,
    pub(crate) due_at: Timestamp,
    pub(crate) now: Timestamp,
    /// An edit placed it in the past.
    pub(crate) backdated: bool,
    /// A later trigger of the same event is due too.
    pub(crate) overtaken: bool,
}

impl Misfire {
    /// What becomes of it; a trigger at most `tick_ms` late is on time.
    pub(crate) fn verdict(&self, policy: &RecoveryPolicy, tick_ms: u32) -> Verdict {
        let lateness_ms = self.now.millis_since(self.due_at);
        if self.backdated {
            return Verdict::Deliver(Cause::Late);
        }
        if lateness_ms <= i64::from(tick_ms) {
            return Verdict::Deliver(Cause::OnTime);
        }
        if lateness_ms > policy.window_ms() {
            return Verdict::Expire;
        }
        match policy.missed[self.kind as usize] {
            MissedPolicy::Skip => Verdict::Skip,
            MissedPolicy::Latest if self.overtaken => Verdict::Supersede,
            MissedPolicy::Latest | MissedPolicy::All => Verdict::Deliver(Cause::Recovered),
        }
    }
}

/// How many triggers were missed, and what became of them. At every moment
/// `detected = delivered + failed + expired + superseded + skipped + withdrawn + elsewhere + waiting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MissedCounts {
    /// Found due more than a tick too late.
    pub detected: u64,
    /// Delivered all the same.
    pub delivered: u64,
    /// Dead letters: handlers failed at every attempt.
    pub failed: u64,
    /// Later than the catch-up window allows.
    pub expired: u64,
    /// Left out because a later one of the same event was due too.
    pub superseded: u64,
    /// Left out by policy, or by resuming from now.
    pub skipped: u64,
    /// Taken back by an edit before they were delivered.
    pub withdrawn: u64,
    /// Settled by another tab or node.
    pub elsewhere: u64,
}

impl MissedCounts {
    /// Those that are still to be delivered: waiting, in flight, or between two attempts.
    pub const fn waiting(&self) -> u64 {
        let settled = self.delivered + self.failed + self.expired + self.superseded + self.skipped;
        self.detected.saturating_sub(settled + self.withdrawn + self.elsewhere)
    }
}

/// From where to go on after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumeFrom {
    /// From where it was paused: what came due meanwhile was missed.
    Watermark,
    /// From now: what came due meanwhile is skipped.
    Now,
}
