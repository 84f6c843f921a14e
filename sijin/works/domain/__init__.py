"""Verbs and reads of the works room: sites, their contacts and profiles, their plans."""
