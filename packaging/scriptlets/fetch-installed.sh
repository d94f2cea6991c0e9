# After the package with kickback-fetch was installed or upgraded: what follows is started again, so that it is the new program.
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  systemctl try-restart kickback-follow.service || true
fi
