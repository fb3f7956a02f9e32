"""Container images of the stores and the cluster: one Containerfile each, built when changed.

Standard library only, because it runs before anything is installed.
`python3 -m images build|load|publish REGISTRY|fetch`.
"""

DEBIAN_PACKAGES = ("buildah", "mmdebstrap", "debian-archive-keyring", "busybox-static")
