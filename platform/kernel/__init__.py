"""The floor of the house: scope, record keeping, effects, live events and components. No word of the field."""
