"""What is decided and done: measures and their dates."""
