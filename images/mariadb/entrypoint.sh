#!/bin/sh
# Environment as docker.io/library/mariadb: MARIADB_{ROOT_PASSWORD,DATABASE,USER,PASSWORD}, each also as _FILE.
set -eu
umask 077
value() { eval "plain=\${$1:-}; file=\${$1_FILE:-}"; [ -z "$file" ] || plain=$(cat "$file"); printf %s "$plain"; }
quoted() { printf %s "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g"; }
data=/var/lib/mysql/data
# A start that was killed leaves only data.new behind, which the next one makes again.
rm -rf "$data.new"
if [ ! -d "$data" ]; then
  root=$(value MARIADB_ROOT_PASSWORD); database=$(value MARIADB_DATABASE)
  user=$(value MARIADB_USER); password=$(value MARIADB_PASSWORD)
  if [ -z "$root" ] || [ -z "$password" ]; then
    echo "MARIADB_ROOT_PASSWORD and MARIADB_PASSWORD (or their _FILE forms) are required" >&2; exit 1
  fi
  cp -a /usr/share/store-template/data "$data.new"
  # The bootstrap reads one statement per line; printf, because echo would eat backslashes.
  {
    printf '%s\n' "FLUSH PRIVILEGES;"
    printf '%s\n' "ALTER USER root@localhost IDENTIFIED BY '$(quoted "$root")';"
    printf '%s\n' "CREATE DATABASE \`$database\` CHARACTER SET utf8mb4;"
    printf '%s\n' "CREATE USER '$(quoted "$user")'@'%' IDENTIFIED BY '$(quoted "$password")';"
    printf '%s\n' "GRANT ALL ON \`$database\`.* TO '$(quoted "$user")'@'%';"
    printf '%s\n' "CREATE USER healthcheck@localhost;"
  } | mariadbd --defaults-file=/etc/mysql/store.cnf --datadir="$data.new" --bootstrap --skip-networking \
      2>/tmp/bootstrap.log || { cat /tmp/bootstrap.log >&2; exit 1; }
  mv "$data.new" "$data"
  echo "initialised database $database" >&2
fi
exec mariadbd --defaults-file=/etc/mysql/store.cnf --datadir="$data" "$@"
