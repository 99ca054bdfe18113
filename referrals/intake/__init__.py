"""From a draft in the school to an activated cell: escalate, acknowledge, triage, activate."""
