-- For which vendor the ticket waits after it, as intake told; none of what was told before anybody could say.
ALTER TABLE ticket_fact ADD COLUMN vendor uuid;
