-- Everything that a statement can notice about a schema. The order of columns is not: no statement depends on it.
WITH relation AS (
  SELECT oid, relname, relkind, relacl, reloptions, relpersistence, relrowsecurity, relforcerowsecurity, relowner
  FROM pg_class WHERE relnamespace = $1::regnamespace
)
SELECT format('%s %s persistence=%s options=%s rls=%s forced=%s',
              CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                           WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE relkind::text END,
              relname, relpersistence, coalesce(array_to_string(reloptions, ','), '-'), relrowsecurity, relforcerowsecurity)
FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL
SELECT format('column %s.%s %s%s default=%s identity=%s generated=%s collation=%s', r.relname, a.attname,
              format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
              coalesce(pg_get_expr(d.adbin, d.adrelid), '-'), a.attidentity, a.attgenerated, coalesce(c.collname::text, '-'))
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
LEFT JOIN pg_collation c ON c.oid = a.attcollation
WHERE r.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT format('constraint %s.%s %s validated=%s', r.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
UNION ALL
SELECT format('index %s.%s %s valid=%s', r.relname, i.indexrelid::regclass, pg_get_indexdef(i.indexrelid), i.indisvalid)
FROM relation r JOIN pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT format('privilege %s %s %s', r.relname, coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), g.privilege_type)
FROM relation r CROSS JOIN LATERAL aclexplode(r.relacl) g WHERE g.grantee <> r.relowner
UNION ALL
SELECT format('privilege %s.%s %s %s', r.relname, a.attname, coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'),
              g.privilege_type)
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND NOT a.attisdropped CROSS JOIN LATERAL aclexplode(a.attacl) g
WHERE g.grantee <> r.relowner
UNION ALL
SELECT format('privilege on function %s %s %s', f.oid::regprocedure, coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'),
              g.privilege_type)
FROM pg_proc f CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) g
WHERE f.pronamespace = $1::regnamespace AND g.grantee <> f.proowner
UNION ALL
SELECT format('sequence %s of %s from %s by %s within %s and %s cache=%s cycle=%s', r.relname, format_type(s.seqtypid, NULL),
              s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT format('privilege on schema %s %s', coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), g.privilege_type)
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) g WHERE n.oid = $1::regnamespace AND g.grantee <> n.nspowner
UNION ALL
SELECT format('policy %s.%s %s permissive=%s to=%s using=%s check=%s', r.relname, p.polname, p.polcmd, p.polpermissive,
              (SELECT string_agg(coalesce(nullif(o, 0)::regrole::text, 'PUBLIC'), ',') FROM unnest(p.polroles) o),
              coalesce(pg_get_expr(p.polqual, p.polrelid), '-'), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-'))
FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT format('trigger %s %s', r.relname, pg_get_triggerdef(t.oid))
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
UNION ALL
SELECT format('view %s %s', r.relname, pg_get_viewdef(r.oid)) FROM relation r WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT format('function %s', pg_get_functiondef(f.oid)) FROM pg_proc f
WHERE f.pronamespace = $1::regnamespace AND f.prokind IN ('f', 'p')
UNION ALL
SELECT format('type %s', t.typname) FROM pg_type t
WHERE t.typnamespace = $1::regnamespace AND t.typtype IN ('e', 'd', 'r')
