"""The case: escalation, case file, sharing, casework, follow-up and feedback."""
