-- What this service's tenant migrations come to. Written by scripts/squash; the reasons stand in the migrations.
CREATE TABLE agreement (
    id uuid NOT NULL,
    name text NOT NULL,
    "position" integer NOT NULL,
    archived_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    kind text DEFAULT 'sla'::text NOT NULL,
    CONSTRAINT agreement_kind_check CHECK ((kind = ANY (ARRAY['sla'::text, 'ola'::text, 'supplier'::text])))
);
CREATE TABLE agreement_version (
    agreement uuid NOT NULL,
    version integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    calendar uuid NOT NULL,
    terms text NOT NULL,
    since bigint DEFAULT 1 NOT NULL,
    CONSTRAINT agreement_version_version_check CHECK ((version >= 1))
);
CREATE TABLE book (
    single boolean DEFAULT true NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT book_single_check CHECK (single)
);
CREATE TABLE calendar (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE calendar_feed (
    calendar uuid NOT NULL,
    name text NOT NULL,
    url text,
    copy text NOT NULL,
    read_at timestamp with time zone NOT NULL,
    tried_at timestamp with time zone NOT NULL,
    failure text,
    next_at timestamp with time zone
);
CREATE TABLE calendar_given (
    owner text NOT NULL,
    key text NOT NULL,
    since bigint NOT NULL,
    calendar uuid,
    out_of_hours text,
    CONSTRAINT calendar_given_out_of_hours_check CHECK ((out_of_hours = ANY (ARRAY['convert'::text, 'defer'::text, 'continue'::text]))),
    CONSTRAINT calendar_given_owner_check CHECK ((owner = ANY (ARRAY['group'::text, 'application'::text, 'country'::text, 'site'::text])))
);
CREATE TABLE calendar_version (
    calendar uuid NOT NULL,
    version integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    spec text NOT NULL,
    since bigint DEFAULT 1 NOT NULL,
    fed date[] DEFAULT '{}'::date[] NOT NULL,
    CONSTRAINT calendar_version_version_check CHECK ((version >= 1))
);
CREATE TABLE clock (
    id uuid NOT NULL,
    ticket uuid NOT NULL,
    target text NOT NULL,
    cycle integer NOT NULL,
    agreement uuid NOT NULL,
    agreement_version integer NOT NULL,
    state text NOT NULL,
    target_seconds bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    stopped_at timestamp with time zone,
    paused_since timestamp with time zone,
    elapsed_seconds bigint NOT NULL,
    as_of timestamp with time zone NOT NULL,
    breached_at timestamp with time zone,
    fired integer[] DEFAULT '{}'::integer[] NOT NULL,
    sequence bigint NOT NULL,
    book bigint DEFAULT 1 NOT NULL,
    target_code text DEFAULT ''::text NOT NULL,
    kind text DEFAULT 'sla'::text NOT NULL,
    late integer DEFAULT 0 NOT NULL,
    CONSTRAINT clock_cycle_check CHECK ((cycle >= 1)),
    CONSTRAINT clock_kind_check CHECK ((kind = ANY (ARRAY['sla'::text, 'ola'::text, 'supplier'::text]))),
    CONSTRAINT clock_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text, 'cancelled'::text]))),
    CONSTRAINT clock_target_check CHECK ((target = ANY (ARRAY['first_response'::text, 'next_update'::text, 'restoration'::text, 'resolution'::text, 'root_cause'::text, 'custom'::text]))),
    CONSTRAINT clock_target_seconds_check CHECK ((target_seconds > 0))
)
WITH (fillfactor='85');
CREATE TABLE clock_correction (
    clock uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    by_person uuid NOT NULL,
    reason text NOT NULL,
    before text NOT NULL,
    after text NOT NULL
);
CREATE TABLE conversion (
    ticket uuid NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE notification_hours (
    single boolean DEFAULT true NOT NULL,
    calendar uuid,
    urgent text,
    CONSTRAINT notification_hours_single_check CHECK (single)
);
CREATE TABLE person_country (
    person uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    country text,
    site uuid,
    vip boolean DEFAULT false NOT NULL,
    heard integer DEFAULT 0 NOT NULL
);
CREATE TABLE related_late (
    ticket uuid NOT NULL,
    other uuid NOT NULL,
    sequence bigint NOT NULL,
    held boolean NOT NULL,
    late integer NOT NULL
);
CREATE TABLE requester_late (
    ticket uuid NOT NULL,
    heard integer NOT NULL,
    late integer NOT NULL
);
CREATE TABLE standby_scheme (
    since bigint NOT NULL,
    eligible text,
    calendar uuid,
    CONSTRAINT standby_scheme_check CHECK (((eligible IS NULL) = (calendar IS NULL)))
);
CREATE TABLE ticket_fact (
    ticket uuid NOT NULL,
    version bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    what text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    priority text NOT NULL,
    application uuid,
    requester uuid,
    origin text NOT NULL,
    category uuid,
    major boolean DEFAULT false NOT NULL,
    line smallint,
    late integer DEFAULT 0 NOT NULL,
    restored_at timestamp with time zone,
    workaround boolean,
    lost_at timestamp with time zone,
    vendor uuid,
    CONSTRAINT ticket_fact_origin_check CHECK ((origin = ANY (ARRAY['live'::text, 'history'::text]))),
    CONSTRAINT ticket_fact_what_check CHECK ((what = ANY (ARRAY['opened'::text, 'changed'::text, 'answered'::text, 'recorded'::text, 'restored'::text, 'lost'::text, 'vendor_answered'::text])))
);
CREATE TABLE ticket_holder (
    ticket uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    held_by uuid NOT NULL,
    line smallint NOT NULL,
    origin text NOT NULL,
    late integer DEFAULT 0 NOT NULL,
    CONSTRAINT ticket_holder_origin_check CHECK ((origin = ANY (ARRAY['live'::text, 'history'::text])))
);
CREATE TABLE ticket_relation (
    link uuid NOT NULL,
    ticket uuid NOT NULL,
    kind text NOT NULL,
    other uuid NOT NULL,
    linked_at timestamp with time zone,
    linked_by bigint,
    unlinked_at timestamp with time zone,
    unlinked_by bigint,
    CONSTRAINT ticket_relation_kind_check CHECK ((kind = ANY (ARRAY['duplicate_of'::text, 'split_from'::text, 'parent'::text])))
);
CREATE TABLE waiting_notice (
    clock uuid NOT NULL,
    cycle integer NOT NULL,
    threshold integer NOT NULL,
    reached_at timestamp with time zone NOT NULL
);
INSERT INTO book (single, version) VALUES
	(true, 1);
ALTER TABLE ONLY agreement
    ADD CONSTRAINT agreement_name_key UNIQUE (name);
ALTER TABLE ONLY agreement
    ADD CONSTRAINT agreement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY agreement_version
    ADD CONSTRAINT agreement_version_pkey PRIMARY KEY (agreement, version);
ALTER TABLE ONLY book
    ADD CONSTRAINT book_pkey PRIMARY KEY (single);
ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_pkey PRIMARY KEY (calendar, name);
ALTER TABLE ONLY calendar_given
    ADD CONSTRAINT calendar_given_pkey PRIMARY KEY (owner, key, since);
ALTER TABLE ONLY calendar
    ADD CONSTRAINT calendar_name_key UNIQUE (name);
ALTER TABLE ONLY calendar
    ADD CONSTRAINT calendar_pkey PRIMARY KEY (id);
ALTER TABLE ONLY calendar_version
    ADD CONSTRAINT calendar_version_pkey PRIMARY KEY (calendar, version);
ALTER TABLE ONLY clock_correction
    ADD CONSTRAINT clock_correction_pkey PRIMARY KEY (clock, sequence);
ALTER TABLE ONLY clock
    ADD CONSTRAINT clock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY conversion
    ADD CONSTRAINT conversion_pkey PRIMARY KEY (ticket);
ALTER TABLE ONLY notification_hours
    ADD CONSTRAINT notification_hours_pkey PRIMARY KEY (single);
ALTER TABLE ONLY person_country
    ADD CONSTRAINT person_country_pkey PRIMARY KEY (person, sequence);
ALTER TABLE ONLY related_late
    ADD CONSTRAINT related_late_pkey PRIMARY KEY (ticket, other, sequence, held);
ALTER TABLE ONLY requester_late
    ADD CONSTRAINT requester_late_pkey PRIMARY KEY (ticket, heard);
ALTER TABLE ONLY standby_scheme
    ADD CONSTRAINT standby_scheme_pkey PRIMARY KEY (since);
ALTER TABLE ONLY ticket_fact
    ADD CONSTRAINT ticket_fact_pkey PRIMARY KEY (ticket, version);
ALTER TABLE ONLY ticket_holder
    ADD CONSTRAINT ticket_holder_pkey PRIMARY KEY (ticket, sequence);
ALTER TABLE ONLY ticket_relation
    ADD CONSTRAINT ticket_relation_pkey PRIMARY KEY (link);
ALTER TABLE ONLY waiting_notice
    ADD CONSTRAINT waiting_notice_pkey PRIMARY KEY (clock, cycle, threshold);
CREATE UNIQUE INDEX clock_of_ticket ON clock USING btree (ticket, target, target_code, cycle);
CREATE INDEX ticket_fact_opening ON ticket_fact USING btree (at, ticket) WHERE (version = 1);
CREATE INDEX ticket_fact_requester ON ticket_fact USING btree (requester) WHERE ((version = 1) AND (requester IS NOT NULL));
CREATE INDEX ticket_relation_other ON ticket_relation USING btree (other);
CREATE INDEX ticket_relation_ticket ON ticket_relation USING btree (ticket);
ALTER TABLE ONLY agreement_version
    ADD CONSTRAINT agreement_version_agreement_fkey FOREIGN KEY (agreement) REFERENCES agreement(id);
ALTER TABLE ONLY agreement_version
    ADD CONSTRAINT agreement_version_calendar_fkey FOREIGN KEY (calendar) REFERENCES calendar(id);
ALTER TABLE ONLY calendar_feed
    ADD CONSTRAINT calendar_feed_calendar_fkey FOREIGN KEY (calendar) REFERENCES calendar(id);
ALTER TABLE ONLY calendar_given
    ADD CONSTRAINT calendar_given_calendar_fkey FOREIGN KEY (calendar) REFERENCES calendar(id);
ALTER TABLE ONLY calendar_version
    ADD CONSTRAINT calendar_version_calendar_fkey FOREIGN KEY (calendar) REFERENCES calendar(id);
ALTER TABLE ONLY clock_correction
    ADD CONSTRAINT clock_correction_clock_fkey FOREIGN KEY (clock) REFERENCES clock(id);
ALTER TABLE ONLY notification_hours
    ADD CONSTRAINT notification_hours_calendar_fkey FOREIGN KEY (calendar) REFERENCES calendar(id);
ALTER TABLE ONLY standby_scheme
    ADD CONSTRAINT standby_scheme_calendar_fkey FOREIGN KEY (calendar) REFERENCES calendar(id);
