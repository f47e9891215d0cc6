-- A clock says between whom its time was agreed: the client is told of its own agreements alone.
ALTER TABLE clock ADD COLUMN kind text NOT NULL DEFAULT 'sla' CHECK (kind IN ('sla', 'ola', 'supplier'));
UPDATE clock AS c SET kind = a.kind FROM agreement AS a WHERE a.id = c.agreement AND a.kind <> 'sla';
