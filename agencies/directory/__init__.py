"""The national education directory: reading its yearly files and keeping our copy in step."""
