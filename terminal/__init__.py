"""Stores from a terminal: `make store`, `make destroy-store`, `make stores`.

Data goes one way: options become a request (`request`), a process of the dashboard's provisioner carries it out
(`operation`), what it reports and what the cluster shows meanwhile (`lookout`) is told line by line (`telling`).
There is no queue: whoever else works on the store is waited for. Nothing imports this package.
"""
