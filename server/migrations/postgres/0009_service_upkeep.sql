-- The occurrences of an event that wait, however many are settled.
CREATE INDEX service_occurrences_waiting ON service_occurrences (event_id, due_at) WHERE wake_at IS NOT NULL;

-- What has been settled or over for as long as it is kept.
CREATE INDEX service_occurrences_settled ON service_occurrences (service, updated_at) WHERE wake_at IS NULL;
CREATE INDEX service_events_over ON service_events (service, updated_at) WHERE state <> 'active';

-- What waits, in the order of lists.
CREATE INDEX service_occurrences_open ON service_occurrences (due_at, occurrence_id) WHERE wake_at IS NOT NULL;

-- Recurrences that go on, in the order in which their stored occurrences end: of one service, and of all.
CREATE INDEX service_events_recurring ON service_events (service, planned_until, event_id) WHERE refill_at IS NOT NULL;
CREATE INDEX service_events_planned ON service_events (planned_until, event_id) WHERE refill_at IS NOT NULL;

-- Dead letters, in the order of their list.
DROP INDEX service_occurrences_failed;
CREATE INDEX service_occurrences_dead ON service_occurrences (service, due_at, occurrence_id) WHERE state = 'failed';

-- The keys, beside the first one, with which an event was asked for: it is returned for each of them, whatever has become of it.
CREATE TABLE service_further_keys (
    service         TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    event_id        TEXT NOT NULL,
    request_hash    TEXT NOT NULL,
    PRIMARY KEY (service, idempotency_key)
);

CREATE INDEX service_further_keys_by_event ON service_further_keys (event_id);
