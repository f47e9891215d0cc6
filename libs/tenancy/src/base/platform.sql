-- What every service's database has once. Run with search_path = platform, shared; the schemas and platform.migration
-- exist already.

GRANT USAGE ON SCHEMA platform, shared TO {login}, {tenants}, {providers};
-- What a service's own migrations add to platform is the login role's to use, and nobody else's.
ALTER DEFAULT PRIVILEGES IN SCHEMA platform GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {login};
ALTER DEFAULT PRIVILEGES IN SCHEMA platform GRANT USAGE, SELECT ON SEQUENCES TO {login};
GRANT SELECT ON platform.migration TO {login};

CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA shared;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA shared;

-- unaccent() is only STABLE because its dictionary may be changed; ours is not, and an index needs IMMUTABLE.
CREATE FUNCTION shared.unaccented(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN shared.unaccent('shared.unaccent'::regdictionary, $1);

-- The tenants that the caller of a ProviderTx may see; NULL (and so: none) outside of one.
CREATE FUNCTION shared.visible_tenants() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.tenants', true), '')::uuid[] $$;

-- For policies: USING (shared.tenant_visible(tenant)). Plain SQL, so that the planner inlines it and can use an index
-- that begins with the tenant.
CREATE FUNCTION shared.tenant_visible(tenant uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT tenant = ANY (nullif(current_setting('app.tenants', true), '')::uuid[]) $$;

CREATE TABLE provider (
  id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  name text NOT NULL
);

CREATE TABLE tenant (
  id uuid PRIMARY KEY,
  -- No foreign key: facts about provider and tenant travel separately and may arrive in either order.
  provider uuid NOT NULL,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  locale text NOT NULL,
  time_zone text NOT NULL,
  state text NOT NULL CHECK (state IN ('ready', 'suspended')),
  placement text NOT NULL DEFAULT 'main',
  created_at timestamptz NOT NULL
);
CREATE INDEX tenant_provider ON tenant (provider);
-- Rows come and go with their schemas, which the login role cannot make.
REVOKE INSERT, DELETE ON tenant FROM {login};
REVOKE INSERT, UPDATE, DELETE ON provider FROM {login};

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lane text NOT NULL CHECK (lane IN ('live', 'bulk')),
  partition int NOT NULL,
  tenant uuid,
  kind text NOT NULL,
  body text NOT NULL,
  writer name NOT NULL DEFAULT current_user,
  created_at timestamptz NOT NULL DEFAULT now()
) WITH (
  -- Nearly every row is dead within milliseconds: vacuum early, or the relay's index scan walks over graves.
  autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX outbox_lane ON outbox (lane, partition, id);
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
GRANT INSERT ON outbox TO {tenants}, {providers};
CREATE POLICY relay ON outbox TO {login} USING (true) WITH CHECK (true);
CREATE POLICY tenant_writes ON outbox FOR INSERT TO {tenants}
  WITH CHECK (writer = current_user AND tenant = right(current_user::text, 32)::uuid);
CREATE POLICY provider_writes ON outbox FOR INSERT TO {providers}
  WITH CHECK (writer = current_user AND (tenant IS NULL OR shared.tenant_visible(tenant)));

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
CREATE INDEX waiting_since ON waiting (since);

CREATE TABLE timer (
  due timestamptz NOT NULL,
  tenant uuid NOT NULL,
  clock uuid NOT NULL,
  cycle int NOT NULL,
  threshold int NOT NULL,
  leased_until timestamptz,
  PRIMARY KEY (tenant, clock, cycle, threshold)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
CREATE INDEX timer_due ON timer (due);
ALTER TABLE timer ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON timer TO {tenants};
CREATE POLICY sweeper ON timer TO {login} USING (true) WITH CHECK (true);
-- A tenant's role name ends with the tenant's id.
CREATE POLICY own ON timer TO {tenants} USING (tenant = right(current_user::text, 32)::uuid);
