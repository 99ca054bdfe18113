"""What the case holds, opened compartment by compartment."""
