"""The floor of the house: scope, keys, effects, live events, components. No word of the field."""
