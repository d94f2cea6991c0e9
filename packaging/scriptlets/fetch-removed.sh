# Before the package with kickback-fetch is removed.
systemctl --no-reload disable --now kickback-fetch.timer kickback-follow.service kickback-fetch.service 2>/dev/null || true
