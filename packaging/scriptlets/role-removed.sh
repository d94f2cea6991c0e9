# Before the package of a master or a node is removed: what the machine was set up to be is undone while the program that knows how
# is there.
if systemctl -q is-enabled @UNIT@ 2>/dev/null; then
  kickback setup off || echo 'kickback: setup off failed: see whether /etc/nsswitch.conf still names kickback' >&2
fi
