"""What people see: the components that pages are built from, and the sources of their look."""
