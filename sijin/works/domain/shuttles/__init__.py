"""Return-to-work shuttles: who needs a seat, travel times, solving, storing, changing while people drop out or join."""
