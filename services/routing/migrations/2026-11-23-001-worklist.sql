-- One row per ticket: who holds it, and what the staff's list shows of it. Never a word that a client wrote.
CREATE TABLE worklist (
    tenant uuid NOT NULL,
    ticket uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    major boolean NOT NULL,
    state text NOT NULL,
    done boolean NOT NULL,
    priority text NOT NULL,
    -- 1 critical to 4 low, so that an index sorts it
    priority_rank smallint NOT NULL,
    application uuid,
    category uuid,
    requester uuid,
    opened_at timestamptz NOT NULL,
    state_since timestamptz NOT NULL,
    -- intake's sequence of the ticket that this row has seen
    ticket_version bigint NOT NULL,
    group_id uuid NOT NULL,
    line smallint NOT NULL CHECK (line BETWEEN 1 AND 3),
    holder uuid,
    held_since timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason IN ('routed', 'assigned', 'taken', 'released', 'moved', 'recorded')),
    -- the first decision, kept: which group, and by which rule (none: the tenant's default)
    routed_group uuid,
    routed_rule uuid,
    -- routing's own sequence of the ticket: facts announced so far
    assignment_version bigint NOT NULL DEFAULT 0,
    -- over the running clocks
    due_at timestamptz,
    breached boolean NOT NULL DEFAULT false,
    -- what is never due sorts last
    due_sort timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_at, timestamptz '9999-12-31 00:00:00+00')) STORED,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, ticket)
);
ALTER TABLE worklist ENABLE ROW LEVEL SECURITY;
ALTER TABLE worklist FORCE ROW LEVEL SECURITY;
CREATE POLICY of_caller ON worklist USING (tenant = ANY ((SELECT shared.visible_tenants())::uuid[]));

-- A page is read tenant by tenant in the order wanted and merged, so every order begins with the tenant. Lists are
-- about what is still to be done; done tickets stay out of all but the one that archives are read by.
CREATE INDEX worklist_due ON worklist (tenant, due_sort, ticket) WHERE NOT done;
CREATE INDEX worklist_priority ON worklist (tenant, priority_rank, opened_at, ticket) WHERE NOT done;
CREATE INDEX worklist_updated ON worklist (tenant, updated_at, ticket) WHERE NOT done;
CREATE INDEX worklist_group ON worklist (tenant, group_id, due_sort, ticket) WHERE NOT done;
CREATE INDEX worklist_holder ON worklist (tenant, holder, due_sort, ticket) WHERE NOT done AND holder IS NOT NULL;
CREATE INDEX worklist_opened ON worklist (tenant, opened_at, ticket);

-- The clocks of a ticket as sla-clock told them; they may be heard before the ticket itself.
CREATE TABLE ticket_clock (
    tenant uuid NOT NULL,
    clock uuid NOT NULL,
    ticket uuid NOT NULL,
    state text NOT NULL,
    due_at timestamptz,
    breached boolean NOT NULL,
    PRIMARY KEY (tenant, clock)
);
CREATE INDEX ticket_clock_ticket ON ticket_clock (tenant, ticket);
ALTER TABLE ticket_clock ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_clock FORCE ROW LEVEL SECURITY;
CREATE POLICY of_caller ON ticket_clock USING (tenant = ANY ((SELECT shared.visible_tenants())::uuid[]));
