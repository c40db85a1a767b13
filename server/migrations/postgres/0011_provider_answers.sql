-- Whether the last time that an event of a provider was asked for there was no whole answer.
ALTER TABLE provider_events ADD COLUMN unanswered BIGINT NOT NULL DEFAULT 0;
