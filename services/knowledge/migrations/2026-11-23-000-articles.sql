-- A tenant's articles, every revision of them, and what they are linked to.
CREATE TABLE article (
    id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('work_in_progress', 'not_validated', 'validated', 'archived')),
    audience text NOT NULL CHECK (audience IN ('internal', 'tenant')),
    language text NOT NULL CHECK (language IN ('es', 'en')),
    title text NOT NULL,
    body text NOT NULL,
    -- counts changes of the words; what a writer must have seen
    revision integer NOT NULL,
    -- facts announced about it
    sequence bigint NOT NULL,
    -- searchable words of title and body, for the ranking
    length integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL
);
CREATE INDEX article_changed ON article (changed_at, id);

CREATE TABLE article_revision (
    article uuid NOT NULL REFERENCES article (id),
    revision integer NOT NULL,
    audience text NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL,
    by_person uuid NOT NULL,
    PRIMARY KEY (article, revision)
);

-- The tickets of the tenant, as intake told: ids alone. Who asked decides who sees what is linked to one.
CREATE TABLE ticket (
    id uuid PRIMARY KEY,
    requester uuid
);

CREATE TABLE article_link (
    ticket uuid NOT NULL,
    article uuid NOT NULL REFERENCES article (id),
    linked_at timestamptz NOT NULL,
    linked_by uuid NOT NULL,
    PRIMARY KEY (ticket, article)
);
CREATE INDEX article_link_article ON article_link (article);

-- The search index: how often a stem stands in an article. Stems are Postgres' (dictionaries spanish_stem and
-- english_stem), without their accents. Its own ranking does not know how rare a word is; the one here (BM25) does, and
-- needs nothing but these rows.
CREATE TABLE article_term (
    language text NOT NULL,
    lexeme text NOT NULL,
    article uuid NOT NULL REFERENCES article (id),
    in_title integer NOT NULL,
    in_body integer NOT NULL,
    PRIMARY KEY (language, lexeme, article)
);
CREATE INDEX article_term_article ON article_term (article);

-- Every stem there ever was: a word that is not among them may be a typing mistake for one that is.
CREATE TABLE lexicon (
    language text NOT NULL,
    lexeme text NOT NULL,
    PRIMARY KEY (language, lexeme)
);
CREATE INDEX lexicon_similar ON lexicon USING gin (lexeme shared.gin_trgm_ops);

-- What a word is reduced to when it is typed without its accents, where that differs: configuracion -> configur, as the
-- Spanish stemmer knows "-ción" and not "-cion".
CREATE TABLE spelling (
    language text NOT NULL,
    plain text NOT NULL,
    lexeme text NOT NULL,
    PRIMARY KEY (language, plain, lexeme)
);
