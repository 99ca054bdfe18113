"""The journal's API: the same selectors and services as the pages."""
