-- Tickets by when they were opened: an agreement is tried on those of a past time before it is published.
CREATE INDEX ticket_fact_opening ON ticket_fact (at, ticket) WHERE version = 1;
