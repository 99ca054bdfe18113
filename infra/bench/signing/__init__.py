"""Signing in, measured: people to sign in, and the processes that do it."""
