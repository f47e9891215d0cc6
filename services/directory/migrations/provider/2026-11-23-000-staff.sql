CREATE TABLE staff (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    email text NOT NULL,
    -- normalised: what makes two addresses the same
    email_key text NOT NULL UNIQUE,
    locale text NOT NULL,
    password_hash text,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- Without accents first: what lower() makes of them depends on the server's locale, and so would the order of the rest.
CREATE INDEX staff_name ON staff ((lower(shared.unaccented(name))) COLLATE "C", id);

-- One per (person, tenant), also after it ended: who answered a ticket keeps a name.
CREATE TABLE assignment (
    person uuid NOT NULL REFERENCES staff,
    tenant uuid NOT NULL,
    roles text[] NOT NULL CHECK (roles <@ ARRAY['agent', 'inventory_manager', 'coordinator', 'quality_manager', 'service_manager']),
    -- of the facts about it; every fact adds one, nothing else does
    sequence bigint NOT NULL,
    since timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (person, tenant),
    CHECK ((ended_at IS NULL) = (cardinality(roles) > 0))
);
CREATE INDEX assignment_tenant ON assignment (tenant, person);
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON assignment USING (shared.tenant_visible(tenant)) WITH CHECK (shared.tenant_visible(tenant));

-- Which tenants may a person see? Asked before any tenant is in sight, so it looks past the policy, for one person.
CREATE FUNCTION assignments_of(who uuid) RETURNS TABLE (tenant uuid, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}
AS $$ SELECT a.tenant, a.roles FROM assignment a WHERE a.person = who AND a.ended_at IS NULL ORDER BY a.tenant $$;
REVOKE ALL ON FUNCTION assignments_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assignments_of(uuid) TO {role};
