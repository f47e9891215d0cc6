-- Tenant roles have no DDL, yet `facts` gets a partition per month on demand (an import may bring any year), and a
-- rebuild swaps its second tables in. Both are done by functions of the owner that work on the caller's own schema
-- alone: it is derived from the role that the transaction took, never from an argument.

CREATE FUNCTION shared.reports_schema() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  owner text := substring(current_setting('role') FROM '_([0-9a-f]{32})$');
BEGIN
  -- The setting, not current_user: inside a SECURITY DEFINER function the latter is the function's owner.
  IF owner IS NULL THEN
    RAISE EXCEPTION 'no tenant role is in force' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN 't_' || owner;
END $$;

-- Taken first by every batch of facts: the shared half of the lock that a rebuild's last phase takes exclusively, and
-- the months that the batch needs. Months are cut in UTC: a partition is a matter of storage, not of a contract.
CREATE FUNCTION shared.reports_gate(months date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  own text := shared.reports_schema();
  wanted date;
  part text;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(own || '.reports', 0));
  FOR wanted IN SELECT DISTINCT date_trunc('month', m)::date FROM unnest(months) AS m ORDER BY 1 LOOP
    part := 'facts_' || to_char(wanted, 'YYYYMM');
    IF to_regclass(format('%I.%I', own, part)) IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtextextended(own || '.months', 0));
      IF to_regclass(format('%I.%I', own, part)) IS NULL THEN
        -- Created apart and attached: PARTITION OF would lock the parent against readers and writers.
        EXECUTE format('CREATE TABLE %1$I.%2$I (LIKE %1$I.facts INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)', own, part);
        EXECUTE format('ALTER TABLE %1$I.facts ATTACH PARTITION %1$I.%2$I FOR VALUES FROM (%3$L) TO (%4$L)',
          own, part, to_char(wanted, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(wanted + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
      END IF;
    END IF;
  END LOOP;
END $$;

-- A rebuild's first phase: empty second tables. One rebuild of a tenant at a time; false if one is under way.
CREATE FUNCTION shared.reports_prepare() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  own text := shared.reports_schema();
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(own || '.rebuild', 0)) THEN
    RETURN false;
  END IF;
  EXECUTE format('TRUNCATE %1$I.ticket_summary_next, %1$I.ticket_next, %1$I.clock_result_next, %1$I.step_next, %1$I.contact_next', own);
  RETURN true;
END $$;

-- A rebuild's last phase: from here to the commit no batch of this tenant is taken in.
CREATE FUNCTION shared.reports_close() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(shared.reports_schema() || '.reports', 0));
END $$;

-- The swap. The order of the tables is the order in which readers take them, so the two cannot block each other.
CREATE FUNCTION shared.reports_swap() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  own text := shared.reports_schema();
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ticket_summary', 'ticket', 'clock_result', 'step', 'contact'] LOOP
    EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', own, name, name || '_old');
    EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', own, name || '_next', name);
    EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', own, name || '_old', name || '_next');
    EXECUTE format('TRUNCATE %I.%I', own, name || '_next');
    -- Only an owner may; without figures on the new tables the planner guesses badly until autovacuum comes by.
    EXECUTE format('ANALYZE %I.%I', own, name);
  END LOOP;
END $$;

GRANT EXECUTE ON FUNCTION shared.reports_schema(), shared.reports_gate(date[]), shared.reports_prepare(), shared.reports_close(), shared.reports_swap() TO PUBLIC;
