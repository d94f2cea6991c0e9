# When the packages are purged: what the daemons made goes, the keys of a master too.
rm -rf /var/lib/kickback /run/kickback || true # A mount point stays, empty.
rm -f /run/.kickback-removal.* /etc/.kickback.lock # A command that was killed left the lock.
rmdir --ignore-fail-on-non-empty /etc/kickback 2>/dev/null || true
