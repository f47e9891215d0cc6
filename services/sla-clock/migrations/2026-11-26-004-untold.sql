-- What fired and was told to nobody stands in clock.fired a thousand million above its row, of warnings as of the breach.
UPDATE clock SET fired = array_replace(fired, 1000, 1000000100) WHERE 1000 = ANY (fired);
