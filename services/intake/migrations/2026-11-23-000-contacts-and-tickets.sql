-- Tables of one tenant. Enums are text + CHECK: a type of its own would have another OID in each schema.

-- What directory tells about people and applications: ids alone, to judge what a caller names. Names stay there.
CREATE TABLE person (
    id uuid PRIMARY KEY,
    roles text[] NOT NULL,
    active boolean NOT NULL
);
CREATE TABLE application (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    owner uuid,
    retired boolean NOT NULL
);

CREATE TABLE category (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    parent uuid REFERENCES category,
    retired boolean NOT NULL DEFAULT false,
    UNIQUE NULLS NOT DISTINCT (parent, name)
);

-- Impact on either audience x urgency -> priority; of the two audiences the more urgent answer counts.
CREATE TABLE priority_matrix (
    audience text NOT NULL CHECK (audience IN ('internal', 'external')),
    impact text NOT NULL CHECK (impact IN ('none', 'low', 'medium', 'high')),
    urgency text NOT NULL CHECK (urgency IN ('none', 'low', 'medium', 'high')),
    priority text NOT NULL CHECK (priority IN ('critical', 'high', 'medium', 'low')),
    PRIMARY KEY (audience, impact, urgency)
);
-- The usual 3 x 3 of ITIL, and what affects nobody, or is not urgent, one step down from it.
INSERT INTO priority_matrix (audience, impact, urgency, priority)
SELECT a.audience, c.impact, c.urgency, c.priority
FROM (VALUES ('internal'), ('external')) AS a (audience)
CROSS JOIN (VALUES
    ('none', 'none', 'low'), ('none', 'low', 'low'), ('none', 'medium', 'low'), ('none', 'high', 'low'),
    ('low', 'none', 'low'), ('low', 'low', 'low'), ('low', 'medium', 'low'), ('low', 'high', 'medium'),
    ('medium', 'none', 'low'), ('medium', 'low', 'low'), ('medium', 'medium', 'medium'), ('medium', 'high', 'high'),
    ('high', 'none', 'medium'), ('high', 'low', 'medium'), ('high', 'medium', 'high'), ('high', 'high', 'critical')
) AS c (impact, urgency, priority);

-- The last number given, by prefix. Not gapless: a number of a transaction that failed is lost.
CREATE TABLE counter (
    prefix text PRIMARY KEY,
    last bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO counter (prefix) VALUES ('INC'), ('SOL'), ('CON'), ('CAM'), ('PRB'), ('MAN'), ('TAR');

CREATE TABLE ticket (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    -- Sequence of the facts about it; every fact adds one, nothing else does.
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('incident', 'service_request', 'enquiry', 'change', 'problem', 'corrective_maintenance', 'task')),
    major boolean NOT NULL DEFAULT false,
    state text NOT NULL CHECK (state IN ('open', 'queued', 'in_progress', 'waiting_for_requester', 'waiting_for_approval',
        'waiting_for_vendor', 'waiting_for_implementation', 'waiting_for_third_party', 'resolved', 'closed', 'cancelled', 'reopened')),
    priority text NOT NULL CHECK (priority IN ('critical', 'high', 'medium', 'low')),
    priority_rank smallint NOT NULL GENERATED ALWAYS AS (
        CASE priority WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END) STORED,
    impact_internal text NOT NULL CHECK (impact_internal IN ('none', 'low', 'medium', 'high')),
    impact_external text NOT NULL CHECK (impact_external IN ('none', 'low', 'medium', 'high')),
    urgency text NOT NULL CHECK (urgency IN ('none', 'low', 'medium', 'high')),
    category uuid REFERENCES category,
    application uuid,
    requester uuid,
    opened_by uuid,
    channel text NOT NULL CHECK (channel IN ('portal', 'email', 'teams', 'phone', 'voicemail', 'jira', 'alert', 'api', 'import')),
    subject text NOT NULL,
    description text NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    opened_at timestamptz NOT NULL,
    state_since timestamptz NOT NULL,
    -- Came straight to N3's own channel: leaves the base of first-contact resolution.
    direct_to_n3 boolean NOT NULL DEFAULT false,
    -- How many entries its timeline has.
    entries bigint NOT NULL DEFAULT 0,
    -- Of an imported case: the tool, its number there, and the time of the newest row so far.
    tool text,
    case_no text,
    recorded_until timestamptz,
    words tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('spanish', shared.unaccented(subject)) || to_tsvector('english', shared.unaccented(subject)), 'A')
        || setweight(to_tsvector('spanish', shared.unaccented(description)) || to_tsvector('english', shared.unaccented(description)), 'B')) STORED,
    UNIQUE (tool, case_no),
    CHECK ((tool IS NULL) = (case_no IS NULL))
) WITH (fillfactor = 85);
CREATE INDEX ticket_opened ON ticket (opened_at, id);
CREATE INDEX ticket_requester ON ticket (requester, opened_at, id) WHERE requester IS NOT NULL;
CREATE INDEX ticket_pressing ON ticket (priority_rank, opened_at, id) WHERE state NOT IN ('resolved', 'closed', 'cancelled');
CREATE INDEX ticket_words ON ticket USING gin (words);

-- The timeline. What a client's people may not see is marked `internal`.
CREATE TABLE entry (
    ticket uuid NOT NULL REFERENCES ticket,
    position bigint NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('opened', 'reply', 'note', 'state_changed', 'classified', 'linked', 'unlinked', 'contact',
        'assigned', 'clock_warned', 'clock_breached', 'recorded')),
    internal boolean NOT NULL DEFAULT false,
    actor_kind text NOT NULL CHECK (actor_kind IN ('requester', 'staff', 'machine', 'system')),
    actor uuid,
    contact uuid,
    -- What somebody wrote.
    body text,
    -- What a rule or another service told: ids, states, figures.
    detail jsonb,
    words tsvector GENERATED ALWAYS AS (
        to_tsvector('spanish', shared.unaccented(body)) || to_tsvector('english', shared.unaccented(body))) STORED,
    PRIMARY KEY (ticket, position)
);
CREATE INDEX entry_words ON entry USING gin (words) WHERE words IS NOT NULL;

CREATE TABLE contact (
    id uuid PRIMARY KEY,
    -- Sequence of the facts about it.
    version bigint NOT NULL DEFAULT 1,
    channel text NOT NULL CHECK (channel IN ('portal', 'email', 'teams', 'phone', 'voicemail', 'jira', 'alert', 'api', 'import')),
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    person uuid,
    agent uuid,
    offered_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    outcome text NOT NULL CHECK (outcome IN ('answered', 'abandoned', 'message_left', 'resolved', 'informed')),
    ticket uuid REFERENCES ticket
);
CREATE INDEX contact_offered ON contact (offered_at, id);
CREATE INDEX contact_ticket ON contact (ticket, offered_at, id) WHERE ticket IS NOT NULL;

-- Read from `ticket`: the other is its parent, it repeats the other, the other caused it.
CREATE TABLE link (
    id uuid PRIMARY KEY,
    ticket uuid NOT NULL REFERENCES ticket,
    kind text NOT NULL CHECK (kind IN ('parent', 'duplicate_of', 'caused_by', 'related')),
    other uuid NOT NULL REFERENCES ticket,
    linked_at timestamptz NOT NULL,
    UNIQUE (ticket, other, kind),
    CHECK (ticket <> other)
);
CREATE UNIQUE INDEX link_one_parent ON link (ticket) WHERE kind = 'parent';
CREATE INDEX link_other ON link (other);

-- Rows of another tool's history that are in: (tool, case) is the ticket, `sha` of the canonical row, and which of equal rows.
CREATE TABLE imported_row (
    ticket uuid NOT NULL REFERENCES ticket,
    sha bytea NOT NULL CHECK (length(sha) = 32),
    occurrence integer NOT NULL,
    PRIMARY KEY (ticket, sha, occurrence)
);
-- Owners named by an imported history; the id follows from (tenant, tool, name).
CREATE TABLE imported_person (
    id uuid PRIMARY KEY,
    tool text NOT NULL,
    name text NOT NULL,
    UNIQUE (tool, name)
);
