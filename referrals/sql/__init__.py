"""SQL of this app's migrations that is too long to stand in one."""
