-- When a contact was answered and when it ended: how long somebody waited on the telephone. Contacts that were heard before
-- have neither here; the kept facts do, and `rebuildReports` reads those again.
ALTER TABLE contact ADD COLUMN answered_at timestamptz, ADD COLUMN ended_at timestamptz;
ALTER TABLE contact_next ADD COLUMN answered_at timestamptz, ADD COLUMN ended_at timestamptz;

-- The calls of a month are read in the order of these, page by page.
CREATE INDEX contact_call ON contact (at, contact) WHERE direction = 'inbound' AND channel = 'phone';
CREATE INDEX contact_next_call ON contact_next (at, contact) WHERE direction = 'inbound' AND channel = 'phone';
