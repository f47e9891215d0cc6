-- What this service's tenant migrations come to. Written by scripts/squash; the reasons stand in the migrations.
CREATE TABLE api_key (
    id uuid NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    secret_hash bytea NOT NULL,
    prefix text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_key_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT api_key_roles_check CHECK (((roles <@ ARRAY['integrator'::text]) AND (cardinality(roles) > 0)))
);
CREATE TABLE application (
    id uuid NOT NULL,
    version bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    owner uuid,
    retired boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT application_code_check CHECK (((length(code) >= 1) AND (length(code) <= 32))),
    CONSTRAINT application_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);
CREATE TABLE person (
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    roles text[] NOT NULL,
    locale text NOT NULL,
    country text,
    active boolean DEFAULT true NOT NULL,
    password_hash text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    site uuid,
    vip boolean DEFAULT false NOT NULL,
    CONSTRAINT person_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT person_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT person_roles_check CHECK (((roles <@ ARRAY['requester'::text, 'application_owner'::text, 'tenant_admin'::text]) AND (cardinality(roles) > 0)))
);
CREATE TABLE site (
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    country text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT site_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT site_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);
CREATE TABLE vendor (
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    retired boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT vendor_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);
ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY person
    ADD CONSTRAINT person_email_key_key UNIQUE (email_key);
ALTER TABLE ONLY person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);
ALTER TABLE ONLY site
    ADD CONSTRAINT site_pkey PRIMARY KEY (id);
ALTER TABLE ONLY vendor
    ADD CONSTRAINT vendor_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX application_code ON application USING btree (upper(code));
CREATE INDEX person_name ON person USING btree (lower(shared.unaccented(name)) COLLATE "C", id);
CREATE INDEX person_search ON person USING gin (lower(shared.unaccented(((name || ' '::text) || email))) shared.gin_trgm_ops);
CREATE UNIQUE INDEX site_name ON site USING btree (upper(name));
CREATE UNIQUE INDEX vendor_name ON vendor USING btree (upper(name));
CREATE INDEX vendor_page ON vendor USING btree (lower(shared.unaccented(name)) COLLATE "C", id);
ALTER TABLE ONLY application
    ADD CONSTRAINT application_owner_fkey FOREIGN KEY (owner) REFERENCES person(id);
ALTER TABLE ONLY person
    ADD CONSTRAINT person_site_fkey FOREIGN KEY (site) REFERENCES site(id);
