-- Within how many hours of its solution a ticket may be reopened by whoever asked for it: without limit where there is no row,
-- or no hours in it.
CREATE TABLE reopening_window (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    hours int CHECK (hours BETWEEN 1 AND 8760)
);

-- Since when a ticket that is resolved or closed counts as solved: it was first said so since it was last alive. None of tickets
-- that are neither, and of those that came there before there was this column: of them `state_since` is known.
ALTER TABLE ticket ADD COLUMN solved_at timestamptz;
