"""Files that people ask for and that a worker makes in their name: what every app does alike."""
