#!/bin/sh
# VALKEY_PASSWORD_FILE names a file with the database's password; clients say sha256("cache:" and that), because what
# they say here crosses the network in the clear. Arguments are options of the server.
set -eu
plain=$(cat "$VALKEY_PASSWORD_FILE")
[ -n "$plain" ] || { echo "$VALKEY_PASSWORD_FILE is empty" >&2; exit 1; }
password=$(printf 'cache:%s' "$plain" | sha256sum | cut -d ' ' -f 1)
# By standard input: an argument could be read by whoever sees processes, and there is no file to write.
exec valkey-server /etc/valkey/store.conf "$@" - <<END
user default reset on >$password ~* &* +@all -@admin -@dangerous +info
END
