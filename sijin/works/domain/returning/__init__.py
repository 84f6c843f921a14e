"""Workers who are to come back: who they are, where they board, each talk with them, whom to call next."""
