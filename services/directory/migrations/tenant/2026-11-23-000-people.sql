CREATE TABLE person (
    id uuid PRIMARY KEY,
    -- sequence of the facts about the person; every fact adds one, nothing else does
    version bigint NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    email text NOT NULL,
    -- normalised: what makes two addresses the same
    email_key text NOT NULL UNIQUE,
    roles text[] NOT NULL CHECK (roles <@ ARRAY['requester', 'application_owner', 'tenant_admin'] AND cardinality(roles) > 0),
    locale text NOT NULL,
    country text CHECK (country ~ '^[A-Z]{2}$'),
    active boolean NOT NULL DEFAULT true,
    password_hash text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- Without accents first: what lower() makes of them depends on the server's locale, and so would the order of the rest.
CREATE INDEX person_name ON person ((lower(shared.unaccented(name))) COLLATE "C", id);
CREATE INDEX person_search ON person USING gin (lower(shared.unaccented(name || ' ' || email)) gin_trgm_ops);

CREATE TABLE application (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 32),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    owner uuid REFERENCES person,
    retired boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- SAP-FI and sap-fi are one code.
CREATE UNIQUE INDEX application_code ON application (upper(code));

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    roles text[] NOT NULL CHECK (roles <@ ARRAY['integrator'] AND cardinality(roles) > 0),
    -- SHA-256: the secret is 32 random bytes, so nothing slower is needed
    secret_hash bytea NOT NULL UNIQUE,
    -- the beginning of the secret, to tell keys apart
    prefix text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    -- within the hour
    last_used_at timestamptz,
    revoked_at timestamptz
);
