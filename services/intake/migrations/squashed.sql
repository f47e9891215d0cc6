-- What this service's tenant migrations come to. Written by scripts/squash; the reasons stand in the migrations.
CREATE TABLE application (
    id uuid NOT NULL,
    code text NOT NULL,
    owner uuid,
    retired boolean NOT NULL
);
CREATE TABLE category (
    id uuid NOT NULL,
    name text NOT NULL,
    parent uuid,
    retired boolean DEFAULT false NOT NULL,
    CONSTRAINT category_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);
CREATE TABLE contact (
    id uuid NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL,
    person uuid,
    agent uuid,
    offered_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text NOT NULL,
    ticket uuid,
    CONSTRAINT contact_channel_check CHECK ((channel = ANY (ARRAY['portal'::text, 'email'::text, 'teams'::text, 'phone'::text, 'voicemail'::text, 'jira'::text, 'alert'::text, 'api'::text, 'import'::text]))),
    CONSTRAINT contact_direction_check CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text]))),
    CONSTRAINT contact_outcome_check CHECK ((outcome = ANY (ARRAY['answered'::text, 'abandoned'::text, 'message_left'::text, 'resolved'::text, 'informed'::text])))
);
CREATE TABLE counter (
    prefix text NOT NULL,
    last bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE entry (
    ticket uuid NOT NULL,
    "position" bigint NOT NULL,
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    internal boolean DEFAULT false NOT NULL,
    actor_kind text NOT NULL,
    actor uuid,
    contact uuid,
    body text,
    detail jsonb,
    words tsvector GENERATED ALWAYS AS ((to_tsvector('spanish'::regconfig, shared.unaccented(body)) || to_tsvector('english'::regconfig, shared.unaccented(body)))) STORED,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['requester'::text, 'staff'::text, 'machine'::text, 'system'::text]))),
    CONSTRAINT entry_kind_check CHECK ((kind = ANY (ARRAY['opened'::text, 'reply'::text, 'note'::text, 'state_changed'::text, 'classified'::text, 'linked'::text, 'unlinked'::text, 'contact'::text, 'assigned'::text, 'clock_warned'::text, 'clock_breached'::text, 'recorded'::text, 'service_restored'::text, 'service_lost'::text, 'vendor_answered'::text])))
);
CREATE TABLE imported_person (
    id uuid NOT NULL,
    tool text NOT NULL,
    name text NOT NULL
);
CREATE TABLE imported_row (
    ticket uuid NOT NULL,
    sha bytea NOT NULL,
    occurrence integer NOT NULL,
    CONSTRAINT imported_row_sha_check CHECK ((length(sha) = 32))
);
CREATE TABLE link (
    id uuid NOT NULL,
    ticket uuid NOT NULL,
    kind text NOT NULL,
    other uuid NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    CONSTRAINT link_check CHECK ((ticket <> other)),
    CONSTRAINT link_kind_check CHECK ((kind = ANY (ARRAY['parent'::text, 'duplicate_of'::text, 'caused_by'::text, 'related'::text, 'split_from'::text])))
);
CREATE TABLE person (
    id uuid NOT NULL,
    roles text[] NOT NULL,
    active boolean NOT NULL
);
CREATE TABLE priority_matrix (
    audience text NOT NULL,
    impact text NOT NULL,
    urgency text NOT NULL,
    priority text NOT NULL,
    CONSTRAINT priority_matrix_audience_check CHECK ((audience = ANY (ARRAY['internal'::text, 'external'::text]))),
    CONSTRAINT priority_matrix_impact_check CHECK ((impact = ANY (ARRAY['none'::text, 'low'::text, 'medium'::text, 'high'::text]))),
    CONSTRAINT priority_matrix_priority_check CHECK ((priority = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text]))),
    CONSTRAINT priority_matrix_urgency_check CHECK ((urgency = ANY (ARRAY['none'::text, 'low'::text, 'medium'::text, 'high'::text])))
);
CREATE TABLE reopening_window (
    single boolean DEFAULT true NOT NULL,
    hours integer,
    CONSTRAINT reopening_window_hours_check CHECK (((hours >= 1) AND (hours <= 8760))),
    CONSTRAINT reopening_window_single_check CHECK (single)
);
CREATE TABLE ticket (
    id uuid NOT NULL,
    number text NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    major boolean DEFAULT false NOT NULL,
    state text NOT NULL,
    priority text NOT NULL,
    priority_rank smallint GENERATED ALWAYS AS (
CASE priority
    WHEN 'critical'::text THEN 1
    WHEN 'high'::text THEN 2
    WHEN 'medium'::text THEN 3
    ELSE 4
END) STORED NOT NULL,
    impact_internal text NOT NULL,
    impact_external text NOT NULL,
    urgency text NOT NULL,
    category uuid,
    application uuid,
    requester uuid,
    opened_by uuid,
    channel text NOT NULL,
    subject text NOT NULL,
    description text NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    state_since timestamp with time zone NOT NULL,
    direct_to_n3 boolean DEFAULT false NOT NULL,
    entries bigint DEFAULT 0 NOT NULL,
    tool text,
    case_no text,
    recorded_until timestamp with time zone,
    words tsvector GENERATED ALWAYS AS ((setweight((to_tsvector('spanish'::regconfig, shared.unaccented(subject)) || to_tsvector('english'::regconfig, shared.unaccented(subject))), 'A'::"char") || setweight((to_tsvector('spanish'::regconfig, shared.unaccented(description)) || to_tsvector('english'::regconfig, shared.unaccented(description))), 'B'::"char"))) STORED NOT NULL,
    restored_at timestamp with time zone,
    workaround boolean,
    lost_at timestamp with time zone,
    vendor uuid,
    solved_at timestamp with time zone,
    CONSTRAINT ticket_channel_check CHECK ((channel = ANY (ARRAY['portal'::text, 'email'::text, 'teams'::text, 'phone'::text, 'voicemail'::text, 'jira'::text, 'alert'::text, 'api'::text, 'import'::text]))),
    CONSTRAINT ticket_check CHECK (((tool IS NULL) = (case_no IS NULL))),
    CONSTRAINT ticket_impact_external_check CHECK ((impact_external = ANY (ARRAY['none'::text, 'low'::text, 'medium'::text, 'high'::text]))),
    CONSTRAINT ticket_impact_internal_check CHECK ((impact_internal = ANY (ARRAY['none'::text, 'low'::text, 'medium'::text, 'high'::text]))),
    CONSTRAINT ticket_kind_check CHECK ((kind = ANY (ARRAY['incident'::text, 'service_request'::text, 'enquiry'::text, 'change'::text, 'problem'::text, 'corrective_maintenance'::text, 'task'::text]))),
    CONSTRAINT ticket_priority_check CHECK ((priority = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text]))),
    CONSTRAINT ticket_restored_how CHECK (((restored_at IS NULL) = (workaround IS NULL))),
    CONSTRAINT ticket_state_check CHECK ((state = ANY (ARRAY['open'::text, 'queued'::text, 'in_progress'::text, 'waiting_for_requester'::text, 'waiting_for_approval'::text, 'waiting_for_vendor'::text, 'waiting_for_implementation'::text, 'waiting_for_third_party'::text, 'resolved'::text, 'closed'::text, 'cancelled'::text, 'reopened'::text]))),
    CONSTRAINT ticket_urgency_check CHECK ((urgency = ANY (ARRAY['none'::text, 'low'::text, 'medium'::text, 'high'::text])))
)
WITH (fillfactor='85');
CREATE TABLE vendor (
    id uuid NOT NULL,
    retired boolean NOT NULL
);
INSERT INTO counter (prefix, last) VALUES
	('INC', 0),
	('SOL', 0),
	('CON', 0),
	('CAM', 0),
	('PRB', 0),
	('MAN', 0),
	('TAR', 0);
INSERT INTO priority_matrix (audience, impact, urgency, priority) VALUES
	('internal', 'none', 'none', 'low'),
	('external', 'none', 'none', 'low'),
	('internal', 'none', 'low', 'low'),
	('external', 'none', 'low', 'low'),
	('internal', 'none', 'medium', 'low'),
	('external', 'none', 'medium', 'low'),
	('internal', 'none', 'high', 'low'),
	('external', 'none', 'high', 'low'),
	('internal', 'low', 'none', 'low'),
	('external', 'low', 'none', 'low'),
	('internal', 'low', 'low', 'low'),
	('external', 'low', 'low', 'low'),
	('internal', 'low', 'medium', 'low'),
	('external', 'low', 'medium', 'low'),
	('internal', 'low', 'high', 'medium'),
	('external', 'low', 'high', 'medium'),
	('internal', 'medium', 'none', 'low'),
	('external', 'medium', 'none', 'low'),
	('internal', 'medium', 'low', 'low'),
	('external', 'medium', 'low', 'low'),
	('internal', 'medium', 'medium', 'medium'),
	('external', 'medium', 'medium', 'medium'),
	('internal', 'medium', 'high', 'high'),
	('external', 'medium', 'high', 'high'),
	('internal', 'high', 'none', 'medium'),
	('external', 'high', 'none', 'medium'),
	('internal', 'high', 'low', 'medium'),
	('external', 'high', 'low', 'medium'),
	('internal', 'high', 'medium', 'high'),
	('external', 'high', 'medium', 'high'),
	('internal', 'high', 'high', 'critical'),
	('external', 'high', 'high', 'critical');
ALTER TABLE ONLY application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY category
    ADD CONSTRAINT category_parent_name_key UNIQUE NULLS NOT DISTINCT (parent, name);
ALTER TABLE ONLY category
    ADD CONSTRAINT category_pkey PRIMARY KEY (id);
ALTER TABLE ONLY contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (id);
ALTER TABLE ONLY counter
    ADD CONSTRAINT counter_pkey PRIMARY KEY (prefix);
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (ticket, "position");
ALTER TABLE ONLY imported_person
    ADD CONSTRAINT imported_person_pkey PRIMARY KEY (id);
ALTER TABLE ONLY imported_person
    ADD CONSTRAINT imported_person_tool_name_key UNIQUE (tool, name);
ALTER TABLE ONLY imported_row
    ADD CONSTRAINT imported_row_pkey PRIMARY KEY (ticket, sha, occurrence);
ALTER TABLE ONLY link
    ADD CONSTRAINT link_pkey PRIMARY KEY (id);
ALTER TABLE ONLY link
    ADD CONSTRAINT link_ticket_other_kind_key UNIQUE (ticket, other, kind);
ALTER TABLE ONLY person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);
ALTER TABLE ONLY priority_matrix
    ADD CONSTRAINT priority_matrix_pkey PRIMARY KEY (audience, impact, urgency);
ALTER TABLE ONLY reopening_window
    ADD CONSTRAINT reopening_window_pkey PRIMARY KEY (single);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_number_key UNIQUE (number);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_tool_case_no_key UNIQUE (tool, case_no);
ALTER TABLE ONLY vendor
    ADD CONSTRAINT vendor_pkey PRIMARY KEY (id);
CREATE INDEX contact_offered ON contact USING btree (offered_at, id);
CREATE INDEX contact_ticket ON contact USING btree (ticket, offered_at, id) WHERE (ticket IS NOT NULL);
CREATE INDEX entry_words ON entry USING gin (words) WHERE (words IS NOT NULL);
CREATE UNIQUE INDEX link_one_original ON link USING btree (ticket) WHERE (kind = 'split_from'::text);
CREATE UNIQUE INDEX link_one_parent ON link USING btree (ticket) WHERE (kind = 'parent'::text);
CREATE INDEX link_other ON link USING btree (other);
CREATE INDEX ticket_opened ON ticket USING btree (opened_at, id);
CREATE INDEX ticket_pressing ON ticket USING btree (priority_rank, opened_at, id) WHERE (state <> ALL (ARRAY['resolved'::text, 'closed'::text, 'cancelled'::text]));
CREATE INDEX ticket_requester ON ticket USING btree (requester, opened_at, id) WHERE (requester IS NOT NULL);
CREATE INDEX ticket_words ON ticket USING gin (words);
ALTER TABLE ONLY category
    ADD CONSTRAINT category_parent_fkey FOREIGN KEY (parent) REFERENCES category(id);
ALTER TABLE ONLY contact
    ADD CONSTRAINT contact_ticket_fkey FOREIGN KEY (ticket) REFERENCES ticket(id);
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_ticket_fkey FOREIGN KEY (ticket) REFERENCES ticket(id);
ALTER TABLE ONLY imported_row
    ADD CONSTRAINT imported_row_ticket_fkey FOREIGN KEY (ticket) REFERENCES ticket(id);
ALTER TABLE ONLY link
    ADD CONSTRAINT link_other_fkey FOREIGN KEY (other) REFERENCES ticket(id);
ALTER TABLE ONLY link
    ADD CONSTRAINT link_ticket_fkey FOREIGN KEY (ticket) REFERENCES ticket(id);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_category_fkey FOREIGN KEY (category) REFERENCES category(id);
