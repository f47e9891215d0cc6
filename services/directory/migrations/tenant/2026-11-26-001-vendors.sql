-- Whom the provider asks for help beyond its own lines, and with whom supplier agreements are made.
CREATE TABLE vendor (
    id uuid PRIMARY KEY,
    -- sequence of the facts about it
    version bigint NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    retired boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- Oracle and ORACLE are one name.
CREATE UNIQUE INDEX vendor_name ON vendor (upper(name));
-- Without accents first, as people are listed.
CREATE INDEX vendor_page ON vendor ((lower(shared.unaccented(name))) COLLATE "C", id);
