-- What directory tells about vendors: ids alone, to judge what a caller names.
CREATE TABLE vendor (
    id uuid PRIMARY KEY,
    retired boolean NOT NULL
);
-- For which vendor a ticket waits; none in any state but `waiting_for_vendor`.
ALTER TABLE ticket ADD COLUMN vendor uuid;
