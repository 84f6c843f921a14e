"""Advice cards: what an expert advised at a site, topic by topic, and what came of it when it was followed up."""
