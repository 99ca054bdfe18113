"""The cell in a room: agenda, seats, presence and decisions."""
