"""What encryption costs a page, and what reading a whole cell for a word takes."""
