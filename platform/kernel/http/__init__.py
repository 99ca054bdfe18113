"""How requests enter and answers leave: one transaction, one viewer, one way of saying no."""
