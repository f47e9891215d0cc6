-- The book of agreements counts its edits: a process that keeps it compiled asks for this number alone, and a result
-- that was reached can be explained by what the book said when it was reached. Whoever edits counts; a replica of an older
-- version does not, so for the length of an upgrade its edits are seen at the next one only.
CREATE TABLE book (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint NOT NULL
);
INSERT INTO book (version) VALUES (1);

-- since which version of the book it stands there
ALTER TABLE calendar_version ADD COLUMN since bigint NOT NULL DEFAULT 1;
ALTER TABLE agreement_version ADD COLUMN since bigint NOT NULL DEFAULT 1;
-- the version of the book that it was read by
ALTER TABLE clock ADD COLUMN book bigint NOT NULL DEFAULT 1;
