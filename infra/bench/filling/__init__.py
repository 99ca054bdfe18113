"""Fills a database of its own with cases by bulk SQL, as the triggers would have left it."""
