"""The capacity pool: orders and makers, the plan that spreads one over the other, what is signed of it."""
