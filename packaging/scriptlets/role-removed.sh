# Before the package of a master or a node is removed: what the machine was set up to be is undone while the program that knows how
# is there. The record of the set-up says what that is; units that people enabled by hand count too.
# No command sets it up again before the files are gone: there is no unit then.
: >/run/.kickback-removal.@UNIT@ || true
case @UNIT@ in
kickback.service) role=master ;;
*) role=node ;;
esac
if systemctl -q is-enabled @UNIT@ 2>/dev/null || grep -qs "\"role\": \"$role\"" /var/lib/kickback/setup.json; then
  kickback setup off || echo 'kickback: setup off failed: see whether /etc/nsswitch.conf still names kickback' >&2
fi
