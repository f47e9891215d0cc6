-- Calendars that follow a feed of closed dates (iCalendar): the last good copy stays until the next good one.
CREATE TABLE calendar_feed (
    calendar uuid NOT NULL REFERENCES calendar (id),
    name text NOT NULL,
    -- where it is read from; none: its text was handed in
    url text,
    -- business_time::Feed as JSON: the last good copy
    copy text NOT NULL,
    read_at timestamptz NOT NULL,
    tried_at timestamptz NOT NULL,
    -- domain::feeds::Failure as JSON: what the last try came to, if it was no good
    failure text,
    -- when it is read again; none if its text was handed in
    next_at timestamptz,
    PRIMARY KEY (calendar, name)
);

-- which of a version's closed dates feeds put there: what a feed takes back is freed, what people wrote stays
ALTER TABLE calendar_version ADD COLUMN fed date[] NOT NULL DEFAULT '{}';
