#!/bin/sh
# Environment as docker.io/library/postgres: POSTGRES_{USER,PASSWORD,DB}, each also as _FILE.
set -eu
umask 077
value() { eval "plain=\${$1:-}; file=\${$1_FILE:-}"; [ -z "$file" ] || plain=$(cat "$file"); printf %s "$plain"; }
quoted() { printf %s "$1" | sed "s/'/''/g"; }
named() { printf %s "$1" | sed 's/"/""/g'; }
data=${PGDATA:-/var/lib/postgresql/data/pgdata}
# A start that was killed leaves only pgdata.new behind, which the next one makes again.
rm -rf "$data.new"
if [ ! -d "$data" ]; then
  user=$(value POSTGRES_USER); password=$(value POSTGRES_PASSWORD); database=$(value POSTGRES_DB)
  user=${user:-postgres}; database=${database:-$user}
  if [ -z "$password" ]; then
    echo "POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) is required" >&2; exit 1
  fi
  cp -a /usr/share/store-template/data "$data.new"
  echo "host all all all scram-sha-256" >> "$data.new/pg_hba.conf"
  # A server of one process reads one statement per line; printf, because echo would eat backslashes.
  {
    if [ "$user" != postgres ]; then printf '%s\n' "CREATE ROLE \"$(named "$user")\" SUPERUSER LOGIN;"; fi
    printf '%s\n' "ALTER ROLE \"$(named "$user")\" PASSWORD '$(quoted "$password")';"
    if [ "$database" != postgres ]; then
      printf '%s\n' "CREATE DATABASE \"$(named "$database")\" OWNER \"$(named "$user")\";"
    fi
  } | postgres --single -D "$data.new" -c log_min_messages=error -c exit_on_error=on postgres >/tmp/bootstrap.log 2>&1 \
    || { sed '/PASSWORD/d' /tmp/bootstrap.log >&2; exit 1; }
  rm -f /tmp/bootstrap.log
  mv "$data.new" "$data"
  echo "initialised database $database" >&2
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql \
  -c shared_buffers=32MB -c max_connections=60 -c dynamic_shared_memory_type=mmap "$@"
