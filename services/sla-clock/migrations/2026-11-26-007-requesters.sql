-- In which batch of what directory tells of a person it was heard. What stands there already was known from the beginning.
ALTER TABLE person_country ADD COLUMN heard int NOT NULL DEFAULT 0;

-- What was told of whoever asked for a ticket when the ticket had been closed already, where it says otherwise who that was at the
-- opening: from which batch on, and with which of the ticket's late batches. What is not here was known in time.
CREATE TABLE requester_late (
    ticket uuid NOT NULL,
    heard int NOT NULL,
    late int NOT NULL,
    PRIMARY KEY (ticket, heard)
);
