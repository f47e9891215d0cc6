-- What every tenant's and every provider's schema begins with.

CREATE TABLE inbox (
  source text NOT NULL,
  subject text NOT NULL,
  sequence bigint NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (source, subject)
) WITH (fillfactor = 70); -- every fact updates its row: room for it on the same page

CREATE TABLE waiting (
  source text NOT NULL,
  subject text NOT NULL,
  sequence bigint NOT NULL,
  lane text NOT NULL,
  body text NOT NULL,
  since timestamptz NOT NULL,
  parked boolean NOT NULL DEFAULT false,
  PRIMARY KEY (source, subject, sequence)
);

CREATE TABLE idempotency (
  person uuid NOT NULL,
  operation text NOT NULL,
  key text NOT NULL,
  body_hash bytea NOT NULL,
  result jsonb NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (person, operation, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
