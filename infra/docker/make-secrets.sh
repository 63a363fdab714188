#!/bin/sh
# Makes the secrets that docker-compose.yml and infra/kubernetes read, a file each; what is there already stays.
#
#   sh infra/docker/make-secrets.sh [folder, default ./secrets] [host of Redis] [host of Postgres]
#
# The folder is closed to everybody else. The files in it are not: containers that mount them run as other users.
set -eu
folder=${1:-secrets}
redis=${2:-redis}
postgres=${3:-postgres}

mkdir -p "$folder/redis"
chmod 700 "$folder"

# put NAME: keeps standard input as that file, unless it is there.
put() {
  cat >"$folder/$1.new"
  if [ -s "$folder/$1" ]; then
    rm "$folder/$1.new"
  else
    chmod 644 "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
  fi
}

for user in admin dispatcher consumer controller board; do
  openssl rand -hex 24 | put "redis/$user"
done
for user in dispatcher consumer controller board; do
  echo "redis://$user:$(cat "$folder/redis/$user")@$redis:6379" | put "redis-url-$user"
done
openssl rand -hex 24 | put postgres-password
echo "postgresql://fairlead:$(cat "$folder/postgres-password")@$postgres:5432/fairlead" | put database-url
echo "flk_$(openssl rand -hex 6)_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')" | put bootstrap-key
openssl rand -hex 16 | put board-password
