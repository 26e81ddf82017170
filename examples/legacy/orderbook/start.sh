#!/bin/sh
# Starts the order book on PORT (8082 unless set), keeping what it writes in DATA (a new folder unless set).
# First of all, every account gets the one password that only the gateway knows, APP_PASSWORD.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
PORT=${PORT:-8082}
DATA=${DATA:-$(mktemp -d)}
: "${APP_PASSWORD:?set it to what postern.yaml sends, such as the output of: openssl rand -hex 24}"

if ! command -v php-cgi >/dev/null; then
  echo 'php-cgi is missing: sudo apt-get install -y --no-install-recommends php-cgi' >&2
  exit 1
fi
umask 022
md5=$(printf %s "$APP_PASSWORD" | md5sum | cut -d' ' -f1)
sed "s/^\([^:]*\):[^:]*:/\1:$md5:/" "$folder/users.txt" > "$DATA/users.txt"

mkdir -p -m 700 "$DATA/sessions"
printf 'display_errors = Off\nsession.save_path = "%s"\n' "$DATA/sessions" > "$DATA/php.ini"

export PORT DATA
exec "$folder/../run-apache.sh" "$folder" "$@"
