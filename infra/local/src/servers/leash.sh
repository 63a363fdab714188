#!/bin/sh
# Ends what a dead owner left behind. One of these runs beside every Node process that owns servers.
#
# stdin   hold PID SIGNAL    end PID by SIGNAL when the owner is gone
#         drop PID           PID has ended
#         trash FOLDER       remove FOLDER when the owner is gone
#         keep FOLDER        do not remove it after all
#         end of input       the owner is gone, however it went (SIGKILL too: the kernel closes the pipe)
# $1      seconds from the signals to SIGKILL
#
# Cost: one sleeping shell, about 1 MB. It runs in a session of its own, so Ctrl-C does not reach it.
trap '' HUP INT TERM
grace=${1:-10}
held=''
folders=''

without() { # LINES LINE: the lines that are not LINE
  printf '%s\n' "$1" | grep -vxF -- "$2"
}

while read -r verb rest; do
  case $verb in
    hold) held="$held ${rest% *}:${rest#* }" ;;
    drop)
      kept=''
      for entry in $held; do [ "${entry%%:*}" = "$rest" ] || kept="$kept $entry"; done
      held=$kept
      ;;
    trash) folders="$folders
$rest" ;;
    keep) folders=$(without "$folders" "$rest") ;;
  esac
done

for entry in $held; do kill -s "${entry#*:}" "${entry%%:*}" 2>/dev/null; done
ticks=$((grace * 5))
while [ "$ticks" -gt 0 ]; do
  alive=''
  for entry in $held; do kill -0 "${entry%%:*}" 2>/dev/null && alive=yes; done
  [ -n "$alive" ] || break
  sleep 0.2
  ticks=$((ticks - 1))
done
for entry in $held; do kill -s KILL "${entry%%:*}" 2>/dev/null; done

printf '%s\n' "$folders" | while read -r folder; do
  [ -n "$folder" ] && rm -rf -- "$folder"
done
exit 0
