-- Calendars and agreements, versioned; a version never changes once it is written.
CREATE TABLE calendar (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE calendar_version (
    calendar uuid NOT NULL REFERENCES calendar (id),
    version int NOT NULL CHECK (version >= 1),
    -- tickets opened from here on are judged by it
    valid_from timestamptz NOT NULL,
    -- business_time::CalendarSpec as JSON
    spec text NOT NULL,
    PRIMARY KEY (calendar, version)
);

CREATE TABLE agreement (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    -- attach order: the first that matches wins
    position int NOT NULL,
    -- tickets opened from here on are not judged by it
    archived_at timestamptz,
    created_at timestamptz NOT NULL
);

CREATE TABLE agreement_version (
    agreement uuid NOT NULL REFERENCES agreement (id),
    version int NOT NULL CHECK (version >= 1),
    -- tickets opened from here on are judged by it
    valid_from timestamptz NOT NULL,
    calendar uuid NOT NULL REFERENCES calendar (id),
    -- domain::agreement::Terms as JSON
    terms text NOT NULL,
    PRIMARY KEY (agreement, version)
);
