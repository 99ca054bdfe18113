"""The database roles, for an embedded server, an outside one and the tests alike."""
