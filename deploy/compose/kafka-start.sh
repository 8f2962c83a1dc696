#!/bin/bash
# Starts the broker of docker-compose.yml: formats its storage once, with the users that set-up.mjs made, and runs it. The
# image's own start knows no SCRAM users. The files lie in /run/secrets/kafka.
set -euo pipefail
secrets=${KAFKA_SECRETS:-/run/secrets/kafka}
home=${KAFKA_HOME:-/opt/kafka}

users=()
while IFS= read -r user; do
  users+=(--add-scram "SCRAM-SHA-512=[$user]")
done <"$secrets/users"

"$home/bin/kafka-storage.sh" format --ignore-formatted \
  --cluster-id="$(cat "$secrets/cluster-id")" --config "$secrets/server.properties" "${users[@]}"
exec "$home/bin/kafka-server-start.sh" "$secrets/server.properties"
