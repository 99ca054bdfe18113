"""When a case was read, and by whose agency, without a look at the entries themselves.

What happened to one case lies all over a year of the log: entry by entry it is as many places of
the disk, along the index it is a few dozen.
"""

INDEX = """
CREATE INDEX audit_entry_of_case ON audit_entry (cell_id, case_id, epoch, xid, id)
 INCLUDE (at, kind, outcome, agency) WHERE case_id IS NOT NULL;
DROP INDEX audit_entry_case;
ALTER INDEX audit_entry_of_case RENAME TO audit_entry_case;
"""

AS_BEFORE = """
CREATE INDEX audit_entry_of_case ON audit_entry (cell_id, case_id, epoch, xid, id)
 WHERE case_id IS NOT NULL;
DROP INDEX audit_entry_case;
ALTER INDEX audit_entry_of_case RENAME TO audit_entry_case;
"""
