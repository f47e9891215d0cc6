-- Links between tickets by which clocks go: what a ticket repeats, what it was split off, its mass incident. As intake told them.
CREATE TABLE ticket_relation (
    link uuid PRIMARY KEY,
    ticket uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('duplicate_of', 'split_from', 'parent')),
    other uuid NOT NULL,
    -- when it was linked, and the version of the ticket that this made; absent while its end alone was heard of
    linked_at timestamptz,
    linked_by bigint,
    -- the same of its end
    unlinked_at timestamptz,
    unlinked_by bigint
);
CREATE INDEX ticket_relation_ticket ON ticket_relation (ticket);
CREATE INDEX ticket_relation_other ON ticket_relation (other);

-- What was told of another ticket, or a link, when a ticket whose clocks it moves had been closed already: with which of that
-- ticket's late batches it came. What is not here came in time.
CREATE TABLE related_late (
    ticket uuid NOT NULL,
    -- whose fact it is, its version or routing's sequence, and whether it is routing's
    other uuid NOT NULL,
    sequence bigint NOT NULL,
    held boolean NOT NULL,
    late int NOT NULL,
    PRIMARY KEY (ticket, other, sequence, held)
);
