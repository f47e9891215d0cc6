-- The zone in which a set's months are cut. Sets that were written before have none and go on with the tenant's: which zone
-- was meant then, nobody wrote down.
ALTER TABLE level_set ADD COLUMN time_zone text;

-- Whoever proposed an exclusion may withdraw it while it is undecided.
ALTER TABLE exclusion
  ADD COLUMN withdrawn_by uuid,
  ADD COLUMN withdrawn_at timestamptz,
  ADD CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL)),
  ADD CHECK (withdrawn_at IS NULL OR accepted IS NULL);

-- By which rule a frozen month's digest is made. What stands was made by the first, and so is what a process writes that
-- does not know of another yet.
ALTER TABLE frozen_month ADD COLUMN digest_version integer NOT NULL DEFAULT 1 CHECK (digest_version >= 1);

-- How many facts were announced of each subject: the sequence of the next one is one more. It is none of the versions and
-- revisions above, for some of those were written before anybody was told.
CREATE TABLE announced (
  subject text PRIMARY KEY,
  sequence bigint NOT NULL CHECK (sequence >= 1)
);

-- The tickets behind a figure are read page by page, in the order of these.
CREATE INDEX ticket_summary_first ON ticket_summary (first_at, ticket);
CREATE INDEX ticket_summary_next_first ON ticket_summary_next (first_at, ticket);
CREATE INDEX clock_result_result ON clock_result (target, target_code, (coalesce(breached_at, stopped_at, due_at)), ticket)
  WHERE agreement_kind = 'sla' AND state <> 'cancelled';
CREATE INDEX clock_result_next_result ON clock_result_next (target, target_code, (coalesce(breached_at, stopped_at, due_at)), ticket)
  WHERE agreement_kind = 'sla' AND state <> 'cancelled';
-- What these were for, those above do as well.
DROP INDEX clock_result_decided, clock_result_next_decided, ticket_summary_first_at, ticket_summary_next_first_at_idx;
