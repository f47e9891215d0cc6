-- Calendars given to groups, applications and countries (or taken away again): the last word counts, those before are for
-- results that were reached by them.
CREATE TABLE calendar_given (
    owner text NOT NULL CHECK (owner IN ('group', 'application', 'country')),
    -- the group's or application's id, or the ISO 3166-1 code
    key text NOT NULL,
    -- since which version of the book
    since bigint NOT NULL,
    calendar uuid REFERENCES calendar (id),
    PRIMARY KEY (owner, key, since)
);

-- Where people work, as directory told; nothing else of them is kept.
CREATE TABLE person_country (
    person uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    country text,
    PRIMARY KEY (person, sequence)
);
CREATE INDEX ticket_fact_requester ON ticket_fact (requester) WHERE version = 1 AND requester IS NOT NULL;
