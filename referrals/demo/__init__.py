"""Invented cases, brought to every step by the services that lead there."""
