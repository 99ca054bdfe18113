"""What several apps say alike to the database."""
