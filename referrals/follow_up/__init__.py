"""What became of it: outcome, feedback to the school, closing."""
