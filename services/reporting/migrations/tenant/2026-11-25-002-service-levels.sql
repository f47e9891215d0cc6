-- Service levels: what people agreed, entered and decided. Nothing here is made from facts, so a rebuild leaves it alone;
-- nothing is ever changed or deleted but for a proposal that gets its decision.

-- What is agreed from a month on.
CREATE TABLE level_set (
  version integer PRIMARY KEY CHECK (version >= 1),
  effective_from date NOT NULL CHECK (extract(day FROM effective_from) = 1), -- the first day of a month
  contract_start date NOT NULL CHECK (extract(day FROM contract_start) = 1),
  levels text NOT NULL, -- domain::service_levels::level::Level as JSON, in the contract's order
  written_by uuid NOT NULL,
  written_at timestamptz NOT NULL
);

-- Values that no ticket tells. Every entry stays; the highest revision counts.
CREATE TABLE measure (
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  level text NOT NULL,
  revision integer NOT NULL CHECK (revision >= 1),
  numerator bigint NOT NULL CHECK (numerator >= 0),
  denominator bigint NOT NULL CHECK (denominator >= 1),
  source text NOT NULL,
  entered_by uuid NOT NULL,
  entered_at timestamptz NOT NULL,
  PRIMARY KEY (month, level, revision)
);

-- What both sides agree does not count against the provider.
CREATE TABLE exclusion (
  id uuid PRIMARY KEY,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  level text, -- none: every level that counts the ticket
  ticket uuid,
  from_at timestamptz,
  to_at timestamptz,
  units bigint CHECK (units >= 1), -- of a measured level's denominator
  reason text NOT NULL CHECK (reason IN ('client_dependency', 'force_majeure', 'agreed_window', 'volume_outside_band')),
  evidence text NOT NULL,
  side text NOT NULL CHECK (side IN ('provider', 'client')),
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL,
  accepted boolean, -- none: the other side has not decided
  decided_by uuid,
  decided_at timestamptz,
  note text,
  CHECK ((ticket IS NULL) = (from_at IS NOT NULL)),
  CHECK ((from_at IS NULL) = (to_at IS NULL) AND from_at < to_at),
  CHECK ((accepted IS NULL) = (decided_by IS NULL) AND (accepted IS NULL) = (decided_at IS NULL))
);
CREATE INDEX exclusion_month ON exclusion (month, proposed_at, id);

-- Months that were closed: inputs and figures word for word. The highest revision is in force.
CREATE TABLE frozen_month (
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  revision integer NOT NULL CHECK (revision >= 1),
  reason text,
  inputs text NOT NULL, -- domain::service_levels::evaluation::Inputs as JSON
  figures text NOT NULL, -- domain::service_levels::evaluation::Figures as JSON
  digest text NOT NULL,
  frozen_by uuid NOT NULL,
  frozen_at timestamptz NOT NULL,
  PRIMARY KEY (month, revision)
);

-- Cases of attainment are found by when their clocks' results were reached.
CREATE INDEX clock_result_decided ON clock_result (target, (coalesce(breached_at, stopped_at, due_at)));
CREATE INDEX clock_result_next_decided ON clock_result_next (target, (coalesce(breached_at, stopped_at, due_at)));
