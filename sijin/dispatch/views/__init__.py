"""Pages of the dispatch: the board and its map, plans, moves, rosters, campaigns, teams, who can help."""
