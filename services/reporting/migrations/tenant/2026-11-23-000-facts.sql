-- Every envelope that was heard, for ever: what the read models, a rebuild and a backfill are made from. Months come
-- as partitions on demand (shared.reports_gate).
CREATE TABLE facts (
  position bigint GENERATED ALWAYS AS IDENTITY, -- order of arrival; per (source, subject) it is the order of sequence
  source text NOT NULL,
  subject text NOT NULL,
  sequence bigint NOT NULL,
  "time" timestamptz NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  provider uuid,
  origin text NOT NULL CHECK (origin IN ('live', 'history')),
  traceparent text,
  data text NOT NULL, -- as it came: it is sent out again byte for byte
  received xid8 NOT NULL DEFAULT pg_current_xact_id(), -- tells a rebuild what arrived after its snapshot
  PRIMARY KEY (subject, source, sequence, "time")
) PARTITION BY RANGE ("time");
CREATE INDEX facts_position ON facts (position);
