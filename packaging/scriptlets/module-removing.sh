# Before the module is removed: /etc/nsswitch.conf no longer names it. Where the program is not installed, only people can have
# written it there.
if grep -qsw kickback /etc/nsswitch.conf; then
  { command -v kickback >/dev/null && kickback nsswitch off; } ||
    echo 'kickback: /etc/nsswitch.conf still names kickback: take the word out' >&2
fi
