"""From stored results to comparisons: numbers and the findings that they make, nothing that is drawn or laid out."""
