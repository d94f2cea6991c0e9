# After the module was installed or upgraded: what has rules or answers of its own learns of it. Run as root by dpkg and rpm.

# SELinux: domains that look names up may read the snapshots and ask the daemon.
policy=/usr/share/selinux/packages/kickback.pp
if command -v semodule >/dev/null && [ -d /etc/selinux ]; then
  semodule -n -i "$policy" ||
    echo "kickback: semodule -i $policy failed: confined programs can't look names up. packages.md, SELinux, says what to do" >&2
  if selinuxenabled 2>/dev/null; then
    load_policy || true
    restorecon -RF /usr/lib/kickback /run/kickback /var/lib/kickback 2>/dev/null || true
  fi
fi

# AppArmor: profiles that include abstractions/nameservice are compiled again with our rules.
if [ -d /run/systemd/system ] && [ -d /sys/kernel/security/apparmor ]; then
  systemctl reload apparmor.service 2>/dev/null || true
fi

# nscd keeps answers, negative ones too, in files that outlive its restart.
if [ -S /run/nscd/socket ] && nscd -g >/dev/null 2>&1; then
  if [ -d /run/systemd/system ]; then systemctl try-restart nscd.service || true
  elif [ -x /etc/init.d/nscd ]; then /etc/init.d/nscd restart >/dev/null || true
  fi
  for database in passwd group hosts netgroup; do nscd -i "$database" 2>/dev/null || true; done
fi
