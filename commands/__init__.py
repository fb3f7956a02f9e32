"""What `make` calls: demo, platform and stores through the Pulumi CLI. Standard library only."""
