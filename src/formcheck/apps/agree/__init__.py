"""Compare verdicts of formcheck with labels of human raters: `formcheck agree`."""
