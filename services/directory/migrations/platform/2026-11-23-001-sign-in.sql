-- What keys the hashes of e-mail addresses of this installation. One row.
CREATE TABLE installation (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    pepper bytea NOT NULL
);

CREATE TABLE operator (
    id uuid PRIMARY KEY,
    email_hash bytea NOT NULL UNIQUE,
    password_hash text NOT NULL,
    locale text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);

-- From the keyed hash of an address to the accounts that sign in with it. Owner: the tenant, the provider, or nil
-- for operators. The same address may have an account with several owners, each with a password of its own.
CREATE TABLE login (
    email_hash bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'staff', 'operator')),
    owner uuid NOT NULL,
    person uuid NOT NULL,
    PRIMARY KEY (email_hash, owner, person)
);
CREATE INDEX login_account ON login (owner, person);
ALTER TABLE login ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON login TO {tenants}, {providers};
CREATE POLICY platform ON login TO {login} USING (true) WITH CHECK (true);
-- The name of a tenant's or provider's role ends with its id.
CREATE POLICY own ON login TO {tenants}, {providers} USING (owner = right(current_user::text, 32)::uuid);

-- Failures in a row per address, known or not, so that a delay tells nothing.
CREATE TABLE login_attempt (
    email_hash bytea PRIMARY KEY,
    failures int NOT NULL,
    last_at timestamptz NOT NULL,
    blocked_until timestamptz
);
CREATE INDEX login_attempt_last ON login_attempt (last_at);

-- One sign-in and all its refresh tokens: the family.
CREATE TABLE session (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('person', 'staff', 'operator')),
    owner uuid NOT NULL,
    person uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    -- 'logout', 'reuse', 'password', 'inactive'
    revoked_for text
);
CREATE INDEX session_account ON session (owner, person) WHERE revoked_at IS NULL;
CREATE INDEX session_expiry ON session (expires_at);
ALTER TABLE session ENABLE ROW LEVEL SECURITY;
GRANT SELECT (id, owner, person, revoked_at), UPDATE (revoked_at, revoked_for) ON session TO {tenants}, {providers};
CREATE POLICY platform ON session TO {login} USING (true) WITH CHECK (true);
CREATE POLICY own ON session TO {tenants}, {providers} USING (owner = right(current_user::text, 32)::uuid);

CREATE TABLE refresh_token (
    -- SHA-256; the token itself is 32 random bytes and is not kept
    hash bytea PRIMARY KEY,
    session uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_token_session ON refresh_token (session);

-- From the hash of a key's secret to its tenant. Roles and revocation stand with the key in the tenant's schema.
CREATE TABLE api_key_index (
    secret_hash bytea PRIMARY KEY,
    owner uuid NOT NULL,
    key uuid NOT NULL
);
ALTER TABLE api_key_index ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON api_key_index TO {tenants};
CREATE POLICY platform ON api_key_index TO {login} USING (true) WITH CHECK (true);
CREATE POLICY own ON api_key_index TO {tenants} USING (owner = right(current_user::text, 32)::uuid);
