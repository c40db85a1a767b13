//! What an event's dates mean, read from the tables of the design: nothing here is shared with the core.

use client_event_scheduler::{Phase, Timestamp, TriggerKind};

/// An event as its sender wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) id: String,
    /// In the order of the trigger kinds that they make.
    pub(crate) dates: [Option<Timestamp>; 6],
    /// `event_approval_status`
    pub(crate) approval: Option<&'static str>,
    /// `approval_required`
    pub(crate) required: bool,
    /// `status`, where it holds the event back.
    pub(crate) status: Option<&'static str>,
    pub(crate) revision: Option<u64>,
}

const NAMES: [&str; 6] = [
    "registration_start_date",
    "registration_end_date",
    "start_datetime",
    "end_datetime",
    "certificate_start_date",
    "certificate_end_date",
];

impl Definition {
    /// Why the event has no triggers, if somebody has to allow it first.
    pub(crate) fn gate(&self) -> Option<Phase> {
        let says = |word| self.status == Some(word) || self.approval == Some(word);
        if self.status == Some("cancelled") {
            Some(Phase::Cancelled)
        } else if says("declined") {
            Some(Phase::Declined)
        } else if says("pending_approval") || self.required && self.approval != Some("approved") {
            Some(Phase::PendingApproval)
        } else {
            None
        }
    }

    fn certificate_start(&self) -> Option<Timestamp> {
        let [.., end, start, lapse] = self.dates;
        if start.is_none() && lapse.is_some() { end } else { start }
    }

    pub(crate) fn is_draft(&self) -> bool {
        self.dates[2].is_none() || self.dates[3].is_none()
    }

    /// The status table: the last row whose time has come.
    pub(crate) fn status_at(&self, at: Timestamp) -> Phase {
        if let Some(phase) = self.gate() {
            return phase;
        }
        let [opens, closes, Some(start), Some(end), _, lapses] = self.dates else { return Phase::Draft };
        let at_first = match (opens, closes) {
            (None, None) => Phase::RegistrationNotRequired,
            (None, Some(_)) => Phase::RegistrationOpen,
            (Some(_), _) => Phase::RegistrationNotStarted,
        };
        let certificates = self.certificate_start();
        let over = if certificates.is_some() { Phase::EventEnded } else { Phase::Completed };
        let after_the_end = |date: Option<Timestamp>| date.map(|date| date.max(end));
        let table = [
            (Some(Timestamp::MIN), at_first),
            (opens, Phase::RegistrationOpen),
            (closes, Phase::RegistrationClosed),
            (Some(start), Phase::EventStarted),
            (Some(end), over),
            (after_the_end(certificates), Phase::CertificateAvailable),
            (after_the_end(lapses), Phase::Completed),
        ];
        // From the start on the rows of the registration apply no longer; they stand before it in the table.
        let mut come = table.iter().filter(|(from, _)| from.is_some_and(|from| from <= at));
        come.next_back().map_or(Phase::Draft, |row| row.1)
    }

    /// Every trigger, by kind.
    pub(crate) fn triggers(&self) -> Vec<(TriggerKind, Timestamp)> {
        if self.gate().is_some() || self.is_draft() {
            return Vec::new();
        }
        let mut dates = self.dates;
        dates[4] = self.certificate_start();
        TriggerKind::ALL.into_iter().zip(dates).filter_map(|(kind, date)| Some((kind, date?))).collect()
    }

    pub(crate) fn due(&self, kind: TriggerKind) -> Option<Timestamp> {
        self.triggers().into_iter().find(|(other, _)| *other == kind).map(|(_, due)| due)
    }

    /// Whether no two dates contradict each other.
    pub(crate) fn is_valid(&self) -> bool {
        let [opens, closes, start, end, _, lapses] = self.dates;
        let certificates = self.dates[4];
        let pairs = [
            (start, end),
            (opens, closes),
            (opens, end),
            (closes, end),
            (start, certificates),
            (certificates, lapses),
        ];
        let late_enough = certificates.is_some() || lapses.is_none() || end.is_none() || lapses >= end;
        late_enough && pairs.iter().all(|(early, late)| early.is_none() || late.is_none() || early <= late)
    }

    /// The event as JSON: dates as numbers or texts, absent fields sometimes as null.
    pub(crate) fn json(&self, style: u64) -> String {
        let mut fields = vec![format!(r#""event_id":"{}""#, self.id)];
        for (i, (name, date)) in NAMES.into_iter().zip(self.dates).enumerate() {
            match date {
                Some(date) if style >> i & 1 == 0 => fields.push(format!(r#""{name}":"{date}""#)),
                Some(date) => fields.push(format!(r#""{name}":{}"#, date.as_millis())),
                None if style >> i & 1 == 0 => {}
                None => fields.push(format!(r#""{name}":null"#)),
            }
        }
        fields.extend(self.approval.map(|word| format!(r#""event_approval_status":"{word}""#)));
        fields.extend(self.status.map(|word| format!(r#""status":"{word}""#)));
        fields.extend(self.required.then(|| r#""approval_required":true"#.to_owned()));
        fields.extend(self.revision.map(|revision| format!(r#""revision":{revision}"#)));
        fields.push(format!(r#""venue":"room {}""#, style % 97));
        format!("{{{}}}", fields.join(","))
    }
}
