#!/bin/sh
# Build step: a migrated and seeded database as /srv/template.sql, so that a store's first start restores it in a
# second instead of migrating for half a minute. Runs as the user postgres. Medusa cannot use
# a socket, and a build may share the network of its machine: hence a free port.
set -eu
umask 077
export PATH="/usr/lib/postgresql/17/bin:$PATH" LC_ALL=C.UTF-8 MEDUSA_DISABLE_TELEMETRY=1 NODE_ENV=production
work=$(mktemp -d)
export HOME="$work"
initdb -D "$work/data" -U medusa -A trust --no-sync -E UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 >/dev/null
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
pg_ctl -D "$work/data" -w -l "$work/log" -o "-c listen_addresses=127.0.0.1 -p $port -k $work -c fsync=off -c dynamic_shared_memory_type=mmap" start >/dev/null
trap 'pg_ctl -D "$work/data" -m immediate stop >/dev/null; rm -rf "$work"' EXIT
createdb -h "$work" -p "$port" -U medusa medusa
export DATABASE_HOST=127.0.0.1 DATABASE_PORT="$port" DATABASE_USER=medusa DATABASE_PASSWORD=unused DATABASE_NAME=medusa
export STORE_SECRET=only-for-this-build STORE_URL=http://localhost MEDUSA_ADMIN=0
cd /srv
node node_modules/@medusajs/cli/cli.js db:migrate
node store/template.js
# Plain INSERTs can be run by any client; psql's own commands (\restrict) cannot.
pg_dump -h "$work" -p "$port" -U medusa --no-owner --no-acl --inserts --rows-per-insert=500 medusa | grep -v '^\\' > "$1"
grep -q 'blue-bottle' "$1"
