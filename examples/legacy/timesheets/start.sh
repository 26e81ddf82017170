#!/bin/sh
# Starts the time sheets on PORT (8082 unless set), keeping what they write in DATA (a new folder unless set).
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
PORT=${PORT:-8082}
DATA=${DATA:-$(mktemp -d)}
export PORT DATA
exec "$folder/../run-apache.sh" "$folder" "$@"
