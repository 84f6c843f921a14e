"""Soil samples: taken, handed from hand to hand, judged by a laboratory; and the spoil sites that could give earth."""
