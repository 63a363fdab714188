#!/bin/sh
# Starts redis-server with redis.conf and the users of users.acl.template.
#
#   SECRETS_DIR  folder with a file a user, named like it, that holds its password: admin, dispatcher, consumer,
#                controller, board, board-actions. Default /run/secrets/redis. A user without a file is left out.
#   ACL_FILE     where the users are written, as digests. Default /tmp/fairlead-users.acl.
#   TLS_DIR      folder with server.crt, server.key and ca.crt; with it the plain port is closed.
#
# Arguments go to redis-server.
set -eu
umask 077
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
secrets=${SECRETS_DIR:-/run/secrets/redis}
acl=${ACL_FILE:-/tmp/fairlead-users.acl}
port=${PORT:-6379}

: >"$acl"
grep '^user ' "$here/users.acl.template" | while IFS= read -r line; do
  name=$(printf '%s' "$line" | cut -d ' ' -f 2)
  case $line in
  *"#<$name>"*)
    if [ ! -s "$secrets/$name" ]; then
      echo "start.sh: no password for the user $name in $secrets: it is left out" >&2
      continue
    fi
    # Without the line break that an editor leaves at the end.
    digest=$(printf '%s' "$(cat "$secrets/$name")" | sha256sum | cut -d ' ' -f 1)
    printf '%s\n' "$line" | sed "s/<$name>/$digest/" >>"$acl"
    ;;
  *) printf '%s\n' "$line" >>"$acl" ;;
  esac
done

set -- "$here/redis.conf" --aclfile "$acl" "$@"
if [ -n "${TLS_DIR:-}" ]; then
  exec redis-server "$@" --port 0 --tls-port "$port" --tls-auth-clients no \
    --tls-cert-file "$TLS_DIR/server.crt" --tls-key-file "$TLS_DIR/server.key" --tls-ca-cert-file "$TLS_DIR/ca.crt"
fi
exec redis-server "$@" --port "$port"
