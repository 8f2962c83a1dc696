#!/bin/sh
# The password of the account that Gatetrail uses, from the volume of the secrets.
set -eu
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname orders \
  --set password="$(cat /run/secrets/target/shop)" <<'SQL'
ALTER ROLE shop PASSWORD :'password';
SQL
