-- A clock says which target of the tenant's own it measures, and between whom that was agreed. The facts that stand told
-- neither: `rebuildReports` reads those again that do.
ALTER TABLE clock_result ADD COLUMN target_code text NOT NULL DEFAULT '', ADD COLUMN agreement_kind text NOT NULL DEFAULT 'sla';
ALTER TABLE clock_result_next ADD COLUMN target_code text NOT NULL DEFAULT '', ADD COLUMN agreement_kind text NOT NULL DEFAULT 'sla';
