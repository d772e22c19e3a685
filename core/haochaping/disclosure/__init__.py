"""What the public sees: boards, reviews, totals."""
