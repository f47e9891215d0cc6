-- When people may be told of warnings and breaches: at any hour where there is no row, or no calendar in it.
CREATE TABLE notification_hours (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    calendar uuid REFERENCES calendar (id),
    -- domain::condition::Condition as JSON: of such tickets people are told whatever the hour
    urgent text
);

-- Notices that wait for those hours; each has its row in platform.timer, too. A replica of an older version would take such a
-- timer for a warning: notification hours are set once all are of this one.
CREATE TABLE waiting_notice (
    clock uuid NOT NULL,
    cycle int NOT NULL,
    -- as in clock.fired
    threshold int NOT NULL,
    reached_at timestamptz NOT NULL,
    PRIMARY KEY (clock, cycle, threshold)
);

-- Every fact and every threshold updates the row: room for it on the same page, so that no index has to be written.
ALTER TABLE clock SET (fillfactor = 85);
