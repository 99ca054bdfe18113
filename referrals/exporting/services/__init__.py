"""Ask for an export, make it, give it out, end it."""
