"""Stores from a terminal, without a cluster."""
