-- A table for each month of each tenant was nearly half of what thousands of tenants have in the catalogue after some years
-- (docs/scale.md): from now on `facts` is cut by years. A year that has months already goes on by months.
CREATE OR REPLACE FUNCTION shared.reports_gate(months date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  own text := shared.reports_schema();
  wanted date;
  part text;
  span interval;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(own || '.reports', 0));
  FOR wanted IN SELECT DISTINCT date_trunc('month', m)::date FROM unnest(months) AS m ORDER BY 1 LOOP
    part := 'facts_' || to_char(wanted, 'YYYY');
    CONTINUE WHEN to_regclass(format('%I.%I', own, part)) IS NOT NULL
      OR to_regclass(format('%I.%I', own, part || to_char(wanted, 'MM'))) IS NOT NULL;
    PERFORM pg_advisory_xact_lock(hashtextextended(own || '.months', 0));
    CONTINUE WHEN to_regclass(format('%I.%I', own, part)) IS NOT NULL
      OR to_regclass(format('%I.%I', own, part || to_char(wanted, 'MM'))) IS NOT NULL;
    IF EXISTS (SELECT FROM generate_series(1, 12) AS month
               WHERE to_regclass(format('%I.%I', own, part || lpad(month::text, 2, '0'))) IS NOT NULL) THEN
      part := part || to_char(wanted, 'MM');
      span := interval '1 month';
    ELSE
      wanted := date_trunc('year', wanted)::date;
      span := interval '1 year';
    END IF;
    -- Created apart and attached: PARTITION OF would lock the parent against readers and writers.
    EXECUTE format('CREATE TABLE %1$I.%2$I (LIKE %1$I.facts INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)', own, part);
    EXECUTE format('ALTER TABLE %1$I.facts ATTACH PARTITION %1$I.%2$I FOR VALUES FROM (%3$L) TO (%4$L)',
      own, part, to_char(wanted, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(wanted + span, 'YYYY-MM-DD') || ' 00:00:00+00');
  END LOOP;
END $$;
