-- Whether the last time that an event of a provider was asked for there was no whole answer.
ALTER TABLE provider_events ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;

-- From here on the number of participants is changed together with the rows that it counts.
UPDATE provider_events SET participants = (
    SELECT count(*) FROM provider_participants AS each
    WHERE each.account_id = provider_events.account_id AND each.event_key = provider_events.event_key AND each.removed = 0
);

-- When an event begins stands in `event_index`, together with what somebody has changed here.
ALTER TABLE provider_events DROP COLUMN start_at;
