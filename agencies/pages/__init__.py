"""The pages of signing in and out. They are open to anybody, and short."""
