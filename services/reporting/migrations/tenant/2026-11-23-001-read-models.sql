-- Read models, from facts alone. Each has a second table (…_next) that a rebuild fills and swaps in.

-- What is known of a ticket by its latest snapshot. Its row is also what a batch locks before it touches the ticket.
CREATE TABLE ticket (
  ticket uuid PRIMARY KEY,
  version bigint NOT NULL DEFAULT 0, -- intake's; 0: only heard of through others
  kind text,
  priority text,
  application text, -- id of the inventory, or the product's name in an imported history
  channel text,
  major boolean NOT NULL DEFAULT false,
  tool text, -- the tool that its history came from
  opening_contact uuid,
  direct_to_n3 boolean NOT NULL DEFAULT false
);

-- One row per event of a ticket: a move between states (source intake), a move between holders (source routing), or a
-- row of an imported history, which may be both. What an event does not tell is null and carried over from before.
CREATE TABLE step (
  ticket uuid NOT NULL,
  source text NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  state text,
  status text, -- the other tool's words, verbatim; null for our own
  sub_status text,
  in_call boolean NOT NULL DEFAULT false, -- resolved within the call that opened it
  group_name text,
  line smallint,
  owner uuid,
  irregular boolean NOT NULL DEFAULT false,
  PRIMARY KEY (ticket, source, seq)
);

CREATE TABLE contact (
  contact uuid PRIMARY KEY,
  ticket uuid,
  at timestamptz NOT NULL,
  direction text NOT NULL,
  channel text NOT NULL,
  outcome text NOT NULL,
  agent uuid
);
CREATE INDEX contact_ticket ON contact (ticket) WHERE ticket IS NOT NULL;

CREATE TABLE clock_result (
  clock uuid PRIMARY KEY,
  seq bigint NOT NULL,
  ticket uuid NOT NULL,
  target text NOT NULL,
  cycle integer NOT NULL,
  agreement uuid NOT NULL,
  state text NOT NULL,
  target_seconds bigint NOT NULL,
  started_at timestamptz NOT NULL,
  due_at timestamptz,
  stopped_at timestamptz,
  elapsed_seconds bigint NOT NULL,
  breached_at timestamptz
);
CREATE INDEX clock_result_ticket ON clock_result (ticket);

-- Per ticket what the indicators add up, so that no request walks the events.
CREATE TABLE ticket_summary (
  ticket uuid PRIMARY KEY,
  kind text,
  priority text,
  application text,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  throughput_seconds double precision NOT NULL,
  events integer NOT NULL,
  irregular integer NOT NULL,
  first_line smallint,
  max_line smallint,
  lines integer NOT NULL, -- bit n: an event on line n
  handovers integer NOT NULL,
  bounces integer NOT NULL,
  reopened_strict boolean NOT NULL,
  reopened_loose boolean NOT NULL,
  state text NOT NULL, -- now
  group_name text, -- now
  resolver uuid, -- who held it at its first resolution
  resolved_at timestamptz, -- first resolution or closing
  reopened_at timestamptz, -- first work after it
  reopened_after_days integer, -- working days between the two
  done_since timestamptz, -- start of the final uninterrupted done stretch
  contacts integer NOT NULL,
  later_contacts integer NOT NULL, -- inbound, besides the one that opened it
  resolution_base boolean NOT NULL, -- counts for FCR and FLR
  first_level boolean NOT NULL, -- resolved on line 1 without having left it
  states text[] NOT NULL, -- the four go together: events by state
  statuses text[] NOT NULL,
  sub_statuses text[] NOT NULL,
  state_events integer[] NOT NULL,
  wait_states text[] NOT NULL, -- the four go together: one entry per stay in a waiting state
  wait_statuses text[] NOT NULL,
  wait_sub_statuses text[] NOT NULL,
  wait_seconds double precision[] NOT NULL
);
CREATE INDEX ticket_summary_first_at ON ticket_summary (first_at);

CREATE TABLE ticket_next (LIKE ticket INCLUDING ALL);
CREATE TABLE step_next (LIKE step INCLUDING ALL);
CREATE TABLE contact_next (LIKE contact INCLUDING ALL);
CREATE TABLE clock_result_next (LIKE clock_result INCLUDING ALL);
CREATE TABLE ticket_summary_next (LIKE ticket_summary INCLUDING ALL);
