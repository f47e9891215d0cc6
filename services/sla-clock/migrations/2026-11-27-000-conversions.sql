-- Incidents of which it was told that they are to be converted, and at which instant they came to that: of each it is told once,
-- however often it comes to it.
CREATE TABLE conversion (
    ticket uuid PRIMARY KEY,
    at timestamptz NOT NULL
);
