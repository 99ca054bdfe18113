"""The auditor's desk: what to look for in the record, and what stands out in it."""
