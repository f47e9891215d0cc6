-- Who there is, and how a login finds its schema. Ids, hashes and states; names of companies, never of people.

-- Sequence 0: promised, not yet announced. A promise that a crash left behind is kept by a job.
CREATE TABLE provider_record (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    sequence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);

CREATE TABLE tenant_record (
    id uuid PRIMARY KEY,
    provider uuid NOT NULL REFERENCES provider_record,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    locale text NOT NULL,
    time_zone text NOT NULL,
    state text NOT NULL CHECK (state IN ('provisioning', 'ready', 'suspended')),
    sequence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    ready_at timestamptz
);
CREATE INDEX tenant_record_provider ON tenant_record (provider);

-- Every slug that a tenant has or had. None is given to another: old addresses must not lead to somebody else, and
-- services that hear of a rename and of a new tenant in another order must not meet a slug twice.
CREATE TABLE tenant_slug (
    slug text PRIMARY KEY,
    tenant uuid NOT NULL REFERENCES tenant_record,
    since timestamptz NOT NULL
);

-- Which services have made their part.
CREATE TABLE tenant_part (
    tenant uuid NOT NULL REFERENCES tenant_record,
    service text NOT NULL,
    took_ms bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, service)
);
