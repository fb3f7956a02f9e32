"""The embedded cluster: a real single-node Kubernetes for a machine that has none.

Infrastructure, not the product: a user with a cluster of their own sets `KUBECONFIG` and none of
this runs. Standard library only, because it runs before anything is installed.
`python3 -m cluster up|down|reset|status`.
"""
