#!/bin/sh
# web | worker: a process of the dashboard; publish FILE STACK: the platform's outputs into Pulumi's state.
set -eu
mkdir -p "$PULUMI_HOME" "$STOREFLEET_VAR/stacks" "$STOREFLEET_VAR/log"
# Pulumi's home must be writable; the plugins in it need not be.
ln -sfn /opt/storefleet/programs/plugins "$PULUMI_HOME/plugins"
case "${1:-}" in
  web | worker) exec python3 -m dashboard "$1" ;;
  publish) shift; exec python3 -m commands.publish "$@" ;;
  *) echo "usage: web | worker | publish FILE STACK" >&2; exit 2 ;;
esac
