#!/bin/sh
# Runs Apache in the foreground for one of the applications here, with a configuration of its own and nothing of the
# system's. Anybody may start it; where root does, www-data serves.
# usage: PORT=8082 DATA=/srv/app run-apache.sh FOLDER [argument of apache2]...
set -eu
umask 022
folder=$1
shift
here=$(dirname "$folder")

# Because /usr/sbin is on root's PATH alone.
if ! apache=$(PATH="$PATH:/usr/sbin" command -v apache2); then
  echo 'apache2 is missing: sudo apt-get install -y --no-install-recommends apache2-bin' >&2
  exit 1
fi

# Because www-data may not read the home of whoever starts this, a copy is served.
chmod 755 "$DATA"
rm -rf "$DATA/app"
cp -R "$folder" "$DATA/app"
cp "$here/apache.conf" "$DATA/apache.conf"
if [ "$(id -u)" = 0 ] && [ -d "$DATA/sessions" ]; then
  chown www-data "$DATA/sessions"
fi

export PORT DATA
echo "http://127.0.0.1:$PORT/ without the gateway; everything that is written goes to $DATA"
exec "$apache" -f "$DATA/apache.conf" -DFOREGROUND "$@"
