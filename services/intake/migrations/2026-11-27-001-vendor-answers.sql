-- The timeline tells that the vendor that a ticket waits for has answered.
ALTER TABLE entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE entry ADD CONSTRAINT entry_kind_check CHECK (kind IN ('opened', 'reply', 'note', 'state_changed', 'classified',
    'linked', 'unlinked', 'contact', 'assigned', 'clock_warned', 'clock_breached', 'recorded', 'service_restored',
    'service_lost', 'vendor_answered'));
