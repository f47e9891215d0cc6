-- Every envelope that belongs to the provider and to no tenant (its birth, its staff, its groups), for ever: what a
-- backfill and a resend give to others. Few, so one table without months; no read model is made from them.
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
  PRIMARY KEY (subject, source, sequence)
);
CREATE INDEX facts_position ON facts (position);
