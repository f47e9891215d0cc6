-- Sites have calendars as countries do.
ALTER TABLE calendar_given DROP CONSTRAINT calendar_given_owner_check;
ALTER TABLE calendar_given ADD CONSTRAINT calendar_given_owner_check
    CHECK (owner IN ('group', 'application', 'country', 'site'));

-- At which site people work, and who is a VIP: known from now on, as directory tells it.
ALTER TABLE person_country ADD COLUMN site uuid;
ALTER TABLE person_country ADD COLUMN vip boolean NOT NULL DEFAULT false;
