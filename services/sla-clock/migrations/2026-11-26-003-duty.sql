-- What becomes of tickets outside a group's hours, said where its calendar is given; none says the same as 'defer'.
ALTER TABLE calendar_given ADD COLUMN out_of_hours text CHECK (out_of_hours IN ('convert', 'defer', 'continue'));

-- Which tickets may call out the standby, and when that is there. The last word counts, those before are for results that
-- were reached by them; without a condition and a calendar it was taken away.
CREATE TABLE standby_scheme (
    -- since which version of the book
    since bigint PRIMARY KEY,
    -- domain::condition::Condition as JSON
    eligible text,
    calendar uuid REFERENCES calendar (id),
    CHECK ((eligible IS NULL) = (calendar IS NULL))
);
