"""Real servers, and people who open their pages over HTTP from a process of their own."""
