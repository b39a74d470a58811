"""How blocks read what others have computed, as formulas, and send gradients back."""
