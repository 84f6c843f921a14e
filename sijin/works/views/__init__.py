"""Pages of the works room: sites and their plans."""
