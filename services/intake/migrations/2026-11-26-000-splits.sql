-- A ticket may be split off another, and off one alone.
ALTER TABLE link DROP CONSTRAINT link_kind_check;
ALTER TABLE link ADD CONSTRAINT link_kind_check CHECK (kind IN ('parent', 'duplicate_of', 'caused_by', 'related', 'split_from'));
CREATE UNIQUE INDEX link_one_original ON link (ticket) WHERE kind = 'split_from';
