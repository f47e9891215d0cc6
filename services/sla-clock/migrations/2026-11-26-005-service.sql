-- What a fact says of the service that the ticket is about: back since then, by a workaround or not, or lost again since then.
ALTER TABLE ticket_fact ADD COLUMN restored_at timestamptz;
ALTER TABLE ticket_fact ADD COLUMN workaround boolean;
ALTER TABLE ticket_fact ADD COLUMN lost_at timestamptz;

ALTER TABLE ticket_fact DROP CONSTRAINT ticket_fact_what_check;
ALTER TABLE ticket_fact ADD CONSTRAINT ticket_fact_what_check CHECK (what IN ('opened', 'changed', 'answered', 'recorded',
    'restored', 'lost'));
