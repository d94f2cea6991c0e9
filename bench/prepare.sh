# What each run script begins with: `. bench/prepare.sh` in the root of this tree. Sourced, so no first line names a shell.
# Sets the tree up, where that is not done yet, with the Node that it pins before others on the path. SMALL=yes asks for a short run.
export PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"
SMALL=$([ "${SMALL:-no}" = no ] || echo yes)

# needs NAME root|COMMAND[:PACKAGE]...: says what is missing of these, and ends the run script with 0 where something is.
needs() {
  name=$1 missing=
  shift
  for need; do
    if [ "$need" = root ]; then
      [ "$(id -u)" -eq 0 ] || missing="$missing, root"
    elif ! command -v "${need%:*}" >/dev/null; then
      missing="$missing, ${need%:*}"
      [ "$need" = "${need#*:}" ] || missing="$missing (Debian: ${need#*:})"
    fi
  done
  [ -n "$missing" ] || return 0
  echo "bench/$name: left out, needs ${missing#, }"
  exit 0
}
