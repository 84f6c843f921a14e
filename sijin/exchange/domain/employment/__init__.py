"""Posts and people who look for work: kept, cleared together within a travel limit, judged, called."""
