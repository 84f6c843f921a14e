"""Clearings: the market read out of the models, solved by the engine, kept as a draft, published by the office."""
