-- Agreements with the client, between the provider's groups, and with vendors.
ALTER TABLE agreement ADD COLUMN kind text NOT NULL DEFAULT 'sla' CHECK (kind IN ('sla', 'ola', 'supplier'));
