-- Where a tenant's people work: Lima - San Isidro, Bogotá - Chapinero.
CREATE TABLE site (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    country text CHECK (country ~ '^[A-Z]{2}$'),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- Lima and lima are one name.
CREATE UNIQUE INDEX site_name ON site (upper(name));

ALTER TABLE person ADD COLUMN site uuid REFERENCES site;
ALTER TABLE person ADD COLUMN vip boolean NOT NULL DEFAULT false;
