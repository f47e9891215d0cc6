-- The windows that a set of levels agrees on: domain::service_levels::windows::Windows as JSON. Sets that were written before,
-- or by a process that does not know of windows yet, have none.
ALTER TABLE level_set ADD COLUMN windows text;
