"""What an auditor does at the desk."""
