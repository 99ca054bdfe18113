"""Who exists, who works where, what they signed, and how they sign in."""
