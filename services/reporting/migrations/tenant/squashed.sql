-- What this service's tenant migrations come to. Written by scripts/squash; the reasons stand in the migrations.
CREATE TABLE announced (
    subject text NOT NULL,
    sequence bigint NOT NULL,
    CONSTRAINT announced_sequence_check CHECK ((sequence >= 1))
);
CREATE TABLE clock_result (
    clock uuid NOT NULL,
    seq bigint NOT NULL,
    ticket uuid NOT NULL,
    target text NOT NULL,
    cycle integer NOT NULL,
    agreement uuid NOT NULL,
    state text NOT NULL,
    target_seconds bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    stopped_at timestamp with time zone,
    elapsed_seconds bigint NOT NULL,
    breached_at timestamp with time zone,
    target_code text DEFAULT ''::text NOT NULL,
    agreement_kind text DEFAULT 'sla'::text NOT NULL
);
CREATE TABLE clock_result_next (
    clock uuid NOT NULL,
    seq bigint NOT NULL,
    ticket uuid NOT NULL,
    target text NOT NULL,
    cycle integer NOT NULL,
    agreement uuid NOT NULL,
    state text NOT NULL,
    target_seconds bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    stopped_at timestamp with time zone,
    elapsed_seconds bigint NOT NULL,
    breached_at timestamp with time zone,
    target_code text DEFAULT ''::text NOT NULL,
    agreement_kind text DEFAULT 'sla'::text NOT NULL
);
CREATE TABLE contact (
    contact uuid NOT NULL,
    ticket uuid,
    at timestamp with time zone NOT NULL,
    direction text NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    agent uuid,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone
);
CREATE TABLE contact_next (
    contact uuid NOT NULL,
    ticket uuid,
    at timestamp with time zone NOT NULL,
    direction text NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    agent uuid,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone
);
CREATE TABLE exclusion (
    id uuid NOT NULL,
    month date NOT NULL,
    level text,
    ticket uuid,
    from_at timestamp with time zone,
    to_at timestamp with time zone,
    units bigint,
    reason text NOT NULL,
    evidence text NOT NULL,
    side text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    accepted boolean,
    decided_by uuid,
    decided_at timestamp with time zone,
    note text,
    withdrawn_by uuid,
    withdrawn_at timestamp with time zone,
    CONSTRAINT exclusion_check CHECK (((ticket IS NULL) = (from_at IS NOT NULL))),
    CONSTRAINT exclusion_check1 CHECK ((((from_at IS NULL) = (to_at IS NULL)) AND (from_at < to_at))),
    CONSTRAINT exclusion_check2 CHECK ((((accepted IS NULL) = (decided_by IS NULL)) AND ((accepted IS NULL) = (decided_at IS NULL)))),
    CONSTRAINT exclusion_check3 CHECK (((withdrawn_by IS NULL) = (withdrawn_at IS NULL))),
    CONSTRAINT exclusion_check4 CHECK (((withdrawn_at IS NULL) OR (accepted IS NULL))),
    CONSTRAINT exclusion_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT exclusion_reason_check CHECK ((reason = ANY (ARRAY['client_dependency'::text, 'force_majeure'::text, 'agreed_window'::text, 'volume_outside_band'::text]))),
    CONSTRAINT exclusion_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'client'::text]))),
    CONSTRAINT exclusion_units_check CHECK ((units >= 1))
);
CREATE TABLE facts (
    "position" bigint NOT NULL,
    source text NOT NULL,
    subject text NOT NULL,
    sequence bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    provider uuid,
    origin text NOT NULL,
    traceparent text,
    data text NOT NULL,
    received xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT facts_origin_check CHECK ((origin = ANY (ARRAY['live'::text, 'history'::text])))
)
PARTITION BY RANGE ("time");
ALTER TABLE facts ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME facts_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE frozen_month (
    month date NOT NULL,
    revision integer NOT NULL,
    reason text,
    inputs text NOT NULL,
    figures text NOT NULL,
    digest text NOT NULL,
    frozen_by uuid NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    digest_version integer DEFAULT 1 NOT NULL,
    CONSTRAINT frozen_month_digest_version_check CHECK ((digest_version >= 1)),
    CONSTRAINT frozen_month_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT frozen_month_revision_check CHECK ((revision >= 1))
);
CREATE TABLE level_set (
    version integer NOT NULL,
    effective_from date NOT NULL,
    contract_start date NOT NULL,
    levels text NOT NULL,
    written_by uuid NOT NULL,
    written_at timestamp with time zone NOT NULL,
    time_zone text,
    windows text,
    CONSTRAINT level_set_contract_start_check CHECK ((EXTRACT(day FROM contract_start) = (1)::numeric)),
    CONSTRAINT level_set_effective_from_check CHECK ((EXTRACT(day FROM effective_from) = (1)::numeric)),
    CONSTRAINT level_set_version_check CHECK ((version >= 1))
);
CREATE TABLE measure (
    month date NOT NULL,
    level text NOT NULL,
    revision integer NOT NULL,
    numerator bigint NOT NULL,
    denominator bigint NOT NULL,
    source text NOT NULL,
    entered_by uuid NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    CONSTRAINT measure_denominator_check CHECK ((denominator >= 1)),
    CONSTRAINT measure_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT measure_numerator_check CHECK ((numerator >= 0)),
    CONSTRAINT measure_revision_check CHECK ((revision >= 1))
);
CREATE TABLE step (
    ticket uuid NOT NULL,
    source text NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    state text,
    status text,
    sub_status text,
    in_call boolean DEFAULT false NOT NULL,
    group_name text,
    line smallint,
    owner uuid,
    irregular boolean DEFAULT false NOT NULL
);
CREATE TABLE step_next (
    ticket uuid NOT NULL,
    source text NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    state text,
    status text,
    sub_status text,
    in_call boolean DEFAULT false NOT NULL,
    group_name text,
    line smallint,
    owner uuid,
    irregular boolean DEFAULT false NOT NULL
);
CREATE TABLE ticket (
    ticket uuid NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    kind text,
    priority text,
    application text,
    channel text,
    major boolean DEFAULT false NOT NULL,
    tool text,
    opening_contact uuid,
    direct_to_n3 boolean DEFAULT false NOT NULL
);
CREATE TABLE ticket_next (
    ticket uuid NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    kind text,
    priority text,
    application text,
    channel text,
    major boolean DEFAULT false NOT NULL,
    tool text,
    opening_contact uuid,
    direct_to_n3 boolean DEFAULT false NOT NULL
);
CREATE TABLE ticket_summary (
    ticket uuid NOT NULL,
    kind text,
    priority text,
    application text,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    throughput_seconds double precision NOT NULL,
    events integer NOT NULL,
    irregular integer NOT NULL,
    first_line smallint,
    max_line smallint,
    lines integer NOT NULL,
    handovers integer NOT NULL,
    bounces integer NOT NULL,
    reopened_strict boolean NOT NULL,
    reopened_loose boolean NOT NULL,
    state text NOT NULL,
    group_name text,
    resolver uuid,
    resolved_at timestamp with time zone,
    reopened_at timestamp with time zone,
    reopened_after_days integer,
    done_since timestamp with time zone,
    contacts integer NOT NULL,
    later_contacts integer NOT NULL,
    resolution_base boolean NOT NULL,
    first_level boolean NOT NULL,
    states text[] NOT NULL,
    statuses text[] NOT NULL,
    sub_statuses text[] NOT NULL,
    state_events integer[] NOT NULL,
    wait_states text[] NOT NULL,
    wait_statuses text[] NOT NULL,
    wait_sub_statuses text[] NOT NULL,
    wait_seconds double precision[] NOT NULL
);
CREATE TABLE ticket_summary_next (
    ticket uuid NOT NULL,
    kind text,
    priority text,
    application text,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    throughput_seconds double precision NOT NULL,
    events integer NOT NULL,
    irregular integer NOT NULL,
    first_line smallint,
    max_line smallint,
    lines integer NOT NULL,
    handovers integer NOT NULL,
    bounces integer NOT NULL,
    reopened_strict boolean NOT NULL,
    reopened_loose boolean NOT NULL,
    state text NOT NULL,
    group_name text,
    resolver uuid,
    resolved_at timestamp with time zone,
    reopened_at timestamp with time zone,
    reopened_after_days integer,
    done_since timestamp with time zone,
    contacts integer NOT NULL,
    later_contacts integer NOT NULL,
    resolution_base boolean NOT NULL,
    first_level boolean NOT NULL,
    states text[] NOT NULL,
    statuses text[] NOT NULL,
    sub_statuses text[] NOT NULL,
    state_events integer[] NOT NULL,
    wait_states text[] NOT NULL,
    wait_statuses text[] NOT NULL,
    wait_sub_statuses text[] NOT NULL,
    wait_seconds double precision[] NOT NULL
);
ALTER TABLE ONLY announced
    ADD CONSTRAINT announced_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY clock_result_next
    ADD CONSTRAINT clock_result_next_pkey PRIMARY KEY (clock);
ALTER TABLE ONLY clock_result
    ADD CONSTRAINT clock_result_pkey PRIMARY KEY (clock);
ALTER TABLE ONLY contact_next
    ADD CONSTRAINT contact_next_pkey PRIMARY KEY (contact);
ALTER TABLE ONLY contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (contact);
ALTER TABLE ONLY exclusion
    ADD CONSTRAINT exclusion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (subject, source, sequence, "time");
ALTER TABLE ONLY frozen_month
    ADD CONSTRAINT frozen_month_pkey PRIMARY KEY (month, revision);
ALTER TABLE ONLY level_set
    ADD CONSTRAINT level_set_pkey PRIMARY KEY (version);
ALTER TABLE ONLY measure
    ADD CONSTRAINT measure_pkey PRIMARY KEY (month, level, revision);
ALTER TABLE ONLY step_next
    ADD CONSTRAINT step_next_pkey PRIMARY KEY (ticket, source, seq);
ALTER TABLE ONLY step
    ADD CONSTRAINT step_pkey PRIMARY KEY (ticket, source, seq);
ALTER TABLE ONLY ticket_next
    ADD CONSTRAINT ticket_next_pkey PRIMARY KEY (ticket);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (ticket);
ALTER TABLE ONLY ticket_summary_next
    ADD CONSTRAINT ticket_summary_next_pkey PRIMARY KEY (ticket);
ALTER TABLE ONLY ticket_summary
    ADD CONSTRAINT ticket_summary_pkey PRIMARY KEY (ticket);
CREATE INDEX clock_result_next_result ON clock_result_next USING btree (target, target_code, COALESCE(breached_at, stopped_at, due_at), ticket) WHERE ((agreement_kind = 'sla'::text) AND (state <> 'cancelled'::text));
CREATE INDEX clock_result_next_ticket_idx ON clock_result_next USING btree (ticket);
CREATE INDEX clock_result_result ON clock_result USING btree (target, target_code, COALESCE(breached_at, stopped_at, due_at), ticket) WHERE ((agreement_kind = 'sla'::text) AND (state <> 'cancelled'::text));
CREATE INDEX clock_result_ticket ON clock_result USING btree (ticket);
CREATE INDEX contact_call ON contact USING btree (at, contact) WHERE ((direction = 'inbound'::text) AND (channel = 'phone'::text));
CREATE INDEX contact_next_call ON contact_next USING btree (at, contact) WHERE ((direction = 'inbound'::text) AND (channel = 'phone'::text));
CREATE INDEX contact_next_ticket_idx ON contact_next USING btree (ticket) WHERE (ticket IS NOT NULL);
CREATE INDEX contact_ticket ON contact USING btree (ticket) WHERE (ticket IS NOT NULL);
CREATE INDEX exclusion_month ON exclusion USING btree (month, proposed_at, id);
CREATE INDEX facts_position ON ONLY facts USING btree ("position");
CREATE INDEX ticket_summary_first ON ticket_summary USING btree (first_at, ticket);
CREATE INDEX ticket_summary_next_first ON ticket_summary_next USING btree (first_at, ticket);
