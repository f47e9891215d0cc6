-- Since when the service that a ticket is about is back, and how; and when it was lost again last. Neither: nobody has said
-- anything of it.
ALTER TABLE ticket ADD COLUMN restored_at timestamptz;
ALTER TABLE ticket ADD COLUMN workaround boolean;
ALTER TABLE ticket ADD COLUMN lost_at timestamptz;
ALTER TABLE ticket ADD CONSTRAINT ticket_restored_how CHECK ((restored_at IS NULL) = (workaround IS NULL));

ALTER TABLE entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE entry ADD CONSTRAINT entry_kind_check CHECK (kind IN ('opened', 'reply', 'note', 'state_changed', 'classified',
    'linked', 'unlinked', 'contact', 'assigned', 'clock_warned', 'clock_breached', 'recorded', 'service_restored',
    'service_lost'));
