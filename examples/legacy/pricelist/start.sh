#!/bin/sh
# Starts the price list on PORT (8082 unless set), keeping what it writes in DATA (a new folder unless set).
# First of all, every account gets the one password that only the gateway knows, APP_PASSWORD.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
PORT=${PORT:-8082}
DATA=${DATA:-$(mktemp -d)}
: "${APP_PASSWORD:?set it to what postern.yaml sends, such as the output of: openssl rand -hex 24}"

if ! command -v htpasswd >/dev/null; then
  echo 'htpasswd is missing: sudo apt-get install -y --no-install-recommends apache2-utils' >&2
  exit 1
fi
umask 022
cp "$folder/users.htpasswd" "$DATA/users.htpasswd"
for login in $(cut -d: -f1 "$folder/users.htpasswd"); do
  printf '%s\n' "$APP_PASSWORD" | htpasswd -i "$DATA/users.htpasswd" "$login" 2>/dev/null
done

export PORT DATA
exec "$folder/../run-apache.sh" "$folder" "$@"
