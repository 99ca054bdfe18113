"""The pages of a cell's administration, under /cellule/."""
