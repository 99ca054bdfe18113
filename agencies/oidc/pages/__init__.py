"""What a browser is shown on its way to the identity provider, back from it, and out again."""
