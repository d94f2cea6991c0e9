# Before the package with kickback-fetch is removed.
systemctl --no-reload disable --now kickback-fetch.timer kickback-follow.service kickback-fetch.service 2>/dev/null || true
# Nothing keeps the rules on logins here any more: everybody may log in. The file stays, because pam_access may be told to read it.
logins=/var/lib/kickback/access.conf
if [ -f "$logins" ] && [ ! -L "$logins" ] && [ "$(head -c 22 "$logins")" = '# Written by kickback.' ]; then
  # In place: a file that is cut short, or empty, says the same.
  echo '# Written by kickback. No rule of [access] names this node: everybody may log in.' >"$logins" || true
fi
