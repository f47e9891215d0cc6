-- What happened to a ticket, as far as clocks care. Clocks are computed from these rows and from nothing else.
CREATE TABLE ticket_fact (
    ticket uuid NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    what text NOT NULL CHECK (what IN ('opened', 'changed', 'answered', 'recorded')),
    kind text NOT NULL,
    state text NOT NULL,
    priority text NOT NULL,
    application uuid,
    -- who may see the clocks though it sees no other tickets
    requester uuid,
    origin text NOT NULL CHECK (origin IN ('live', 'history')),
    PRIMARY KEY (ticket, version)
);

CREATE TABLE clock (
    id uuid PRIMARY KEY,
    ticket uuid NOT NULL,
    target text NOT NULL CHECK (target IN ('first_response', 'resolution')),
    cycle int NOT NULL CHECK (cycle >= 1),
    agreement uuid NOT NULL,
    agreement_version int NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'cancelled')),
    target_seconds bigint NOT NULL CHECK (target_seconds > 0),
    started_at timestamptz NOT NULL,
    due_at timestamptz,
    stopped_at timestamptz,
    paused_since timestamptz,
    elapsed_seconds bigint NOT NULL,
    -- the instant that elapsed_seconds is counted to
    as_of timestamptz NOT NULL,
    breached_at timestamptz,
    -- thresholds (percent) that have fired in this cycle
    fired int[] NOT NULL DEFAULT '{}',
    -- sequence of the facts about this clock
    sequence bigint NOT NULL,
    UNIQUE (ticket, target, cycle)
);
