-- What a vendor answered is a fact of its own: supplier agreements' first responses and updates are measured by it.
ALTER TABLE ticket_fact DROP CONSTRAINT ticket_fact_what_check;
ALTER TABLE ticket_fact ADD CONSTRAINT ticket_fact_what_check CHECK (what IN ('opened', 'changed', 'answered',
    'vendor_answered', 'recorded', 'restored', 'lost'));
