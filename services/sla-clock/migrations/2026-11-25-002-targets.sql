-- Targets with conditions: more of them, some of the tenant's own, over more that is known of a ticket.
ALTER TABLE ticket_fact ADD COLUMN category uuid;
ALTER TABLE ticket_fact ADD COLUMN major boolean NOT NULL DEFAULT false;
-- the line that held it, where the fact itself tells (another tool's history)
ALTER TABLE ticket_fact ADD COLUMN line smallint;

-- Who held a ticket from when on, as routing told; its sequence is routing's.
CREATE TABLE ticket_holder (
    ticket uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    held_by uuid NOT NULL,
    line smallint NOT NULL,
    origin text NOT NULL CHECK (origin IN ('live', 'history')),
    PRIMARY KEY (ticket, sequence)
);

ALTER TABLE clock DROP CONSTRAINT clock_target_check;
ALTER TABLE clock ADD CONSTRAINT clock_target_check CHECK (target IN
    ('first_response', 'next_update', 'restoration', 'resolution', 'root_cause', 'custom'));
-- of a target of the tenant's own: which
ALTER TABLE clock ADD COLUMN target_code text NOT NULL DEFAULT '';
ALTER TABLE clock DROP CONSTRAINT clock_ticket_target_cycle_key;
CREATE UNIQUE INDEX clock_of_ticket ON clock (ticket, target, target_code, cycle);
