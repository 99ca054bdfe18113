"""What the measurements of lists and pages have in common: people, roles, statements, time."""
