"""What runs Rempart: the launcher, the database roles, the measurements."""
