"""What an auditor does with the record."""
