# Before a package with a unit is removed.
systemctl --no-reload disable --now @UNIT@ 2>/dev/null || true
