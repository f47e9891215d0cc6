-- What the vendor that a ticket waits for answered is a fact of its own.
ALTER TABLE ticket_fact DROP CONSTRAINT ticket_fact_what_check;
ALTER TABLE ticket_fact ADD CONSTRAINT ticket_fact_what_check CHECK (what IN ('opened', 'changed', 'answered', 'recorded',
    'restored', 'lost', 'vendor_answered'));
