"""What learners compute instead of the right formulas: the table of mistakes, and all that it can make."""
