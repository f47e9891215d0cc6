-- What is heard of a ticket that was closed already, though it happened before, is late: 0 if it came in time, else of the
-- ticket's late batches the one that it came with. Results that were told by then do not take it in by themselves.
ALTER TABLE ticket_fact ADD COLUMN late int NOT NULL DEFAULT 0;
ALTER TABLE ticket_holder ADD COLUMN late int NOT NULL DEFAULT 0;
-- up to which late batch the clock takes in what happened
ALTER TABLE clock ADD COLUMN late int NOT NULL DEFAULT 0;

-- Results that somebody corrected: who, when, why, and what they were before and after (events::sla_clock::ClockSnapshot as
-- JSON). Rows are never changed.
CREATE TABLE clock_correction (
    clock uuid NOT NULL REFERENCES clock (id),
    -- of the fact that told it
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    by_person uuid NOT NULL,
    reason text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (clock, sequence)
);
