"""Pages of the exchange: the board, offers, matches, agreements."""
