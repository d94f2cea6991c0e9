# After a package with a unit was installed or upgraded: a daemon that runs is started again, so that it is the new program.
# `kickback setup` enables and starts units; an installation does not.
[ ! -e /run/.kickback-removal.@UNIT@ ] || unlink /run/.kickback-removal.@UNIT@ || true # Of a removal before.
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  systemctl try-restart @UNIT@ || true
fi
