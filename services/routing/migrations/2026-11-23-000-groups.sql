-- Resolver groups, their members, and the rules by which a tenant's tickets find them. One set per provider.
-- A group with a tenant was taken over from that client's former tool: its name is the client's word, so the rows are
-- guarded like everything else about a tenant. Policies ask for the caller's tenants in a sub-select: it is run once
-- per statement, where shared.tenant_visible() would be run for every row that is looked at.
CREATE TABLE resolver_group (
    id uuid PRIMARY KEY,
    tenant uuid,
    seed text,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    line smallint NOT NULL CHECK (line BETWEEN 1 AND 3),
    speciality text NOT NULL CHECK (speciality IN (
        'service_desk', 'systems_operations', 'software_factory', 'database', 'os_infrastructure', 'other')),
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- One group of each seed (the intake group that a provider is born with), whoever comes first.
CREATE UNIQUE INDEX resolver_group_seed ON resolver_group (seed) WHERE seed IS NOT NULL;
CREATE UNIQUE INDEX resolver_group_name ON resolver_group (lower(name)) WHERE tenant IS NULL;
CREATE UNIQUE INDEX resolver_group_imported ON resolver_group (tenant, name) WHERE tenant IS NOT NULL;
ALTER TABLE resolver_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE resolver_group FORCE ROW LEVEL SECURITY;
CREATE POLICY of_caller ON resolver_group USING (tenant IS NULL OR tenant = ANY ((SELECT shared.visible_tenants())::uuid[]));

CREATE TABLE group_member (
    group_id uuid NOT NULL REFERENCES resolver_group (id),
    person uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (group_id, person)
);

-- Which of the provider's staff work for which tenant, as directory told it.
CREATE TABLE staff_of_tenant (
    tenant uuid NOT NULL,
    person uuid NOT NULL,
    roles text[] NOT NULL,
    PRIMARY KEY (tenant, person)
);
ALTER TABLE staff_of_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff_of_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY of_caller ON staff_of_tenant USING (tenant = ANY ((SELECT shared.visible_tenants())::uuid[]));

-- Where a tenant's tickets go when no rule says otherwise; the row is locked while its rules are replaced.
CREATE TABLE tenant_routing (
    tenant uuid PRIMARY KEY,
    default_group uuid NOT NULL REFERENCES resolver_group (id),
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL
);
ALTER TABLE tenant_routing ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_routing FORCE ROW LEVEL SECURITY;
CREATE POLICY of_caller ON tenant_routing USING (tenant = ANY ((SELECT shared.visible_tenants())::uuid[]));

CREATE TABLE routing_rule (
    id uuid PRIMARY KEY,
    tenant uuid NOT NULL REFERENCES tenant_routing (tenant),
    position integer NOT NULL CHECK (position >= 1),
    kind text,
    category uuid,
    application uuid,
    priority text,
    major boolean,
    group_id uuid NOT NULL REFERENCES resolver_group (id),
    UNIQUE (tenant, position)
);
ALTER TABLE routing_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE routing_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY of_caller ON routing_rule USING (tenant = ANY ((SELECT shared.visible_tenants())::uuid[]));
