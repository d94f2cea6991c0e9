# Made from the tables in src/cli: npm run generate
# bash completion for kickback(1)

_kickback_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_kickback_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); }

# Names of machines as the service knows them; silent if none answers.
_kickback_nodes() {
  local IFS=$' \t\n'
  COMPREPLY=($(compgen -W "$(kickback query hosts 2>/dev/null | awk '{ for (i = 2; i <= NF && i <= 3; i++) print $i }' | head -n 20000)" -- "$cur"))
}

# Keys of the database that stands before: names of machines, users or groups.
_kickback_keys() {
  local IFS=$' \t\n' db=${words[command + 1]}
  case $db in
    hosts | ethers) _kickback_nodes ;;
    passwd | group | shadow | initgroups)
      [[ $db == shadow || $db == initgroups ]] && db=passwd
      COMPREPLY=($(compgen -W "$(kickback query "$db" 2>/dev/null | cut -d: -f1)" -- "$cur")) ;;
    netgroup | networks) COMPREPLY=($(compgen -W "$(kickback query "$db" 2>/dev/null | awk '{ print $1 }')" -- "$cur")) ;;
  esac
}

# The option whose value the cursor is at, if any, and how many words of the command stand before it.
_kickback_place() {
  local i word
  option= place=0
  for ((i = command + 1; i < cword; i++)); do
    word=${words[i]}
    case $word in
      --*) option=; [[ " $valued " == *" $word "* ]] && option=$word ;;
      *)
        if [[ -z $option ]]; then
          place=$((place + 1))
        elif [[ " $lists " != *" $option "* ]]; then
          option=
        fi ;;
    esac
  done
  # An option that takes several values may end behind any of them.
  [[ $cur == -* ]] && option=
  return 0
}

_kickback() {
  local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD command=1 name option place options valued lists
  local -a words=("${COMP_WORDS[@]}")
  case ${words[0]##*/} in
    kickbackdaemon) name=serve command=0 ;;
    kickbackproxy) name=proxy command=0 ;;
    bpstat) name=nodes command=0 ;;
    beostatus) name=nodes command=0 ;;
    *)
      if ((cword < 2)); then
        _kickback_words 'serve proxy dns setup nsswitch keys check query explain export import status nodes reload history wait add set remove backup restore snapshot --help --version'
        return
      fi
      name=${words[1]} ;;
  esac
  case $name in
    serve)
      options='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --skip-bad-lines --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --run-dir --state-dir --listen --listen-tls --objects --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --dns-tsig --allow --dns-processes --dns-user --boot --boot-listen --boot-images --boot-shared-config --boot-dhcp --boot-networks --boot-dns --boot-lease --boot-beside --boot-tftp --http --ping --log-level --log-format --log-queries --help'
      valued='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --run-dir --state-dir --listen --listen-tls --objects --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --dns-tsig --allow --dns-processes --dns-user --boot-listen --boot-images --boot-dhcp --boot-networks --boot-dns --boot-lease --boot-tftp --http --ping --log-level --log-format --log-queries'
      lists='--users --groups --exclude-users --exclude-groups --accounts-services --access --passwords --listen --listen-tls --objects --dns --dns-ns --dns-reverse-zones --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --allow --boot-networks --boot-dns'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --passwd) _kickback_files; return ;;
        --group) _kickback_files; return ;;
        --shadow) _kickback_files; return ;;
        --netgroup) _kickback_files; return ;;
        --networks) _kickback_files; return ;;
        --login-defs) _kickback_files; return ;;
        --users) :; return ;;
        --groups) :; return ;;
        --exclude-users) :; return ;;
        --exclude-groups) :; return ;;
        --uids) :; return ;;
        --gids) :; return ;;
        --disabled-users) :; return ;;
        --domain) :; return ;;
        --accounts-source) :; return ;;
        --accounts-services) :; return ;;
        --accounts-lookups) :; return ;;
        --accounts-refresh) :; return ;;
        --accounts-deadline) :; return ;;
        --access) :; return ;;
        --passwords) :; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --listen) :; return ;;
        --listen-tls) :; return ;;
        --objects) :; return ;;
        --objects-url) :; return ;;
        --dns) :; return ;;
        --dns-ttl) :; return ;;
        --dns-negative-ttl) :; return ;;
        --dns-ns) :; return ;;
        --dns-rname) :; return ;;
        --dns-reverse-zones) :; return ;;
        --forward) :; return ;;
        --dns-fallthrough) :; return ;;
        --dns-forward-zones) :; return ;;
        --dns-secondaries) :; return ;;
        --dns-tsig) _kickback_files; return ;;
        --allow) :; return ;;
        --dns-processes) :; return ;;
        --dns-user) :; return ;;
        --boot-listen) :; return ;;
        --boot-images) :; return ;;
        --boot-dhcp) :; return ;;
        --boot-networks) :; return ;;
        --boot-dns) :; return ;;
        --boot-lease) :; return ;;
        --boot-tftp) _kickback_files; return ;;
        --http) :; return ;;
        --ping) :; return ;;
        --log-level) _kickback_words 'fatal error warn info debug trace'; return ;;
        --log-format) _kickback_words 'plain json'; return ;;
        --log-queries) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
      esac ;;
    proxy)
      options='--settings --login-defs --users --groups --master --key --certificate --host-keys --shadow-max-age --insecure --run-dir --state-dir --objects-url --dns --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --dns-tsig --dns-processes --dns-user --http --log-level --log-format --log-queries --help'
      valued='--settings --login-defs --users --groups --master --key --host-keys --shadow-max-age --run-dir --state-dir --objects-url --dns --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --dns-tsig --dns-processes --dns-user --http --log-level --log-format --log-queries'
      lists='--users --groups --master --dns --forward --dns-fallthrough --dns-forward-zones --dns-secondaries'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --login-defs) _kickback_files; return ;;
        --users) :; return ;;
        --groups) :; return ;;
        --master) :; return ;;
        --key) _kickback_files; return ;;
        --host-keys) :; return ;;
        --shadow-max-age) :; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --objects-url) :; return ;;
        --dns) :; return ;;
        --forward) :; return ;;
        --dns-fallthrough) :; return ;;
        --dns-forward-zones) :; return ;;
        --dns-secondaries) :; return ;;
        --dns-tsig) _kickback_files; return ;;
        --dns-processes) :; return ;;
        --dns-user) :; return ;;
        --http) :; return ;;
        --log-level) _kickback_words 'fatal error warn info debug trace'; return ;;
        --log-format) _kickback_words 'plain json'; return ;;
        --log-queries) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
      esac ;;
    dns)
      options='--settings --key --run-dir --dns --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --dns-tsig --allow --dns-user --http --log-level --log-format --log-queries --help'
      valued='--settings --key --run-dir --dns --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --dns-tsig --allow --dns-user --http --log-level --log-format --log-queries'
      lists='--dns --forward --dns-fallthrough --dns-forward-zones --dns-secondaries --allow'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --key) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --dns) :; return ;;
        --forward) :; return ;;
        --dns-fallthrough) :; return ;;
        --dns-forward-zones) :; return ;;
        --dns-secondaries) :; return ;;
        --dns-tsig) _kickback_files; return ;;
        --allow) :; return ;;
        --dns-user) :; return ;;
        --http) :; return ;;
        --log-level) _kickback_words 'fatal error warn info debug trace'; return ;;
        --log-format) _kickback_words 'plain json'; return ;;
        --log-queries) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
      esac ;;
    setup)
      options='--domain --master --key --certificate --insecure --token-file --dry-run --json --help'
      valued='--domain --master --key --token-file'
      lists='--master'
      _kickback_place
      case $option in
        --domain) :; return ;;
        --master) :; return ;;
        --key) _kickback_files; return ;;
        --token-file) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) _kickback_words 'master node off' ;;
      esac ;;
    nsswitch)
      options='--settings --master --file --root --dry-run --json --help'
      valued='--settings --file --root'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --file) _kickback_files; return ;;
        --root) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) _kickback_words 'on off show' ;;
      esac ;;
    keys)
      options='--settings --run-dir --state-dir --root-key --force --json --help'
      valued='--settings --run-dir --state-dir --root-key'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --root-key) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'token list approve revoke passwords hosts approve-host refuse-host masters request certify adopt revoke-master rotate' ;;
        1) _kickback_nodes ;;
        *) _kickback_files ;;
      esac ;;
    check)
      options='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --skip-bad-lines --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --master --key --certificate --host-keys --shadow-max-age --insecure --state-dir --listen --listen-tls --objects --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones --boot --boot-listen --boot-images --boot-shared-config --boot-dhcp --boot-networks --boot-dns --boot-lease --boot-beside --boot-tftp --json --help'
      valued='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --master --key --host-keys --shadow-max-age --state-dir --listen --listen-tls --objects --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones --boot-listen --boot-images --boot-dhcp --boot-networks --boot-dns --boot-lease --boot-tftp'
      lists='--users --groups --exclude-users --exclude-groups --accounts-services --access --passwords --master --listen --listen-tls --objects --dns --dns-ns --dns-reverse-zones --boot-networks --boot-dns'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --passwd) _kickback_files; return ;;
        --group) _kickback_files; return ;;
        --shadow) _kickback_files; return ;;
        --netgroup) _kickback_files; return ;;
        --networks) _kickback_files; return ;;
        --login-defs) _kickback_files; return ;;
        --users) :; return ;;
        --groups) :; return ;;
        --exclude-users) :; return ;;
        --exclude-groups) :; return ;;
        --uids) :; return ;;
        --gids) :; return ;;
        --disabled-users) :; return ;;
        --domain) :; return ;;
        --accounts-source) :; return ;;
        --accounts-services) :; return ;;
        --accounts-lookups) :; return ;;
        --accounts-refresh) :; return ;;
        --accounts-deadline) :; return ;;
        --access) :; return ;;
        --passwords) :; return ;;
        --master) :; return ;;
        --key) _kickback_files; return ;;
        --host-keys) :; return ;;
        --shadow-max-age) :; return ;;
        --state-dir) _kickback_files; return ;;
        --listen) :; return ;;
        --listen-tls) :; return ;;
        --objects) :; return ;;
        --objects-url) :; return ;;
        --dns) :; return ;;
        --dns-ttl) :; return ;;
        --dns-negative-ttl) :; return ;;
        --dns-ns) :; return ;;
        --dns-rname) :; return ;;
        --dns-reverse-zones) :; return ;;
        --boot-listen) :; return ;;
        --boot-images) :; return ;;
        --boot-dhcp) :; return ;;
        --boot-networks) :; return ;;
        --boot-dns) :; return ;;
        --boot-lease) :; return ;;
        --boot-tftp) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) _kickback_files ;;
      esac ;;
    query)
      options='--settings --run-dir --server --json --help'
      valued='--settings --run-dir --server'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --server) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'passwd group initgroups hosts ethers netgroup shadow networks' ;;
        *) _kickback_keys ;;
      esac ;;
    explain)
      options='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --skip-bad-lines --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --run-dir --state-dir --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones --json --help'
      valued='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --run-dir --state-dir --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones'
      lists='--users --groups --exclude-users --exclude-groups --accounts-services --access --passwords --dns --dns-ns --dns-reverse-zones'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --passwd) _kickback_files; return ;;
        --group) _kickback_files; return ;;
        --shadow) _kickback_files; return ;;
        --netgroup) _kickback_files; return ;;
        --networks) _kickback_files; return ;;
        --login-defs) _kickback_files; return ;;
        --users) :; return ;;
        --groups) :; return ;;
        --exclude-users) :; return ;;
        --exclude-groups) :; return ;;
        --uids) :; return ;;
        --gids) :; return ;;
        --disabled-users) :; return ;;
        --domain) :; return ;;
        --accounts-source) :; return ;;
        --accounts-services) :; return ;;
        --accounts-lookups) :; return ;;
        --accounts-refresh) :; return ;;
        --accounts-deadline) :; return ;;
        --access) :; return ;;
        --passwords) :; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --objects-url) :; return ;;
        --dns) :; return ;;
        --dns-ttl) :; return ;;
        --dns-negative-ttl) :; return ;;
        --dns-ns) :; return ;;
        --dns-rname) :; return ;;
        --dns-reverse-zones) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'passwd group initgroups hosts ethers netgroup shadow networks access boot' ;;
        *) _kickback_keys ;;
      esac ;;
    export)
      options='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --skip-bad-lines --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --state-dir --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones --boot-beside --json --help'
      valued='--settings --config --passwd --group --shadow --netgroup --networks --login-defs --users --groups --exclude-users --exclude-groups --uids --gids --disabled-users --domain --accounts-source --accounts-services --accounts-lookups --accounts-refresh --accounts-deadline --access --passwords --state-dir --objects-url --dns --dns-ttl --dns-negative-ttl --dns-ns --dns-rname --dns-reverse-zones'
      lists='--users --groups --exclude-users --exclude-groups --accounts-services --access --passwords --dns --dns-ns --dns-reverse-zones'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --passwd) _kickback_files; return ;;
        --group) _kickback_files; return ;;
        --shadow) _kickback_files; return ;;
        --netgroup) _kickback_files; return ;;
        --networks) _kickback_files; return ;;
        --login-defs) _kickback_files; return ;;
        --users) :; return ;;
        --groups) :; return ;;
        --exclude-users) :; return ;;
        --exclude-groups) :; return ;;
        --uids) :; return ;;
        --gids) :; return ;;
        --disabled-users) :; return ;;
        --domain) :; return ;;
        --accounts-source) :; return ;;
        --accounts-services) :; return ;;
        --accounts-lookups) :; return ;;
        --accounts-refresh) :; return ;;
        --accounts-deadline) :; return ;;
        --access) :; return ;;
        --passwords) :; return ;;
        --state-dir) _kickback_files; return ;;
        --objects-url) :; return ;;
        --dns) :; return ;;
        --dns-ttl) :; return ;;
        --dns-negative-ttl) :; return ;;
        --dns-ns) :; return ;;
        --dns-rname) :; return ;;
        --dns-reverse-zones) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'passwd group hosts ethers netgroup networks zone slurm dnsmasq kea ansible genders prometheus known_hosts' ;;
        *) : ;;
      esac ;;
    import)
      options='--settings --domain --hosts --node-names --output --help'
      valued='--settings --domain --hosts --node-names --output'
      lists='--hosts --node-names'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --domain) :; return ;;
        --hosts) :; return ;;
        --node-names) :; return ;;
        --output) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'hosts dnsmasq dhcpd warewulf xcat genders' ;;
        1) _kickback_files ;;
        *) _kickback_files ;;
      esac ;;
    status)
      options='--settings --run-dir --server --page --watch --json --help'
      valued='--settings --run-dir --server'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --server) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
      esac ;;
    nodes)
      options='--settings --config --run-dir --state-dir --nodes --state --hosts --unknown --watch --json --help'
      valued='--settings --config --run-dir --state-dir --nodes --state'
      lists='--state'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --nodes) _kickback_nodes; return ;;
        --state) _kickback_words 'up booting installing held down never in-step behind other-key gone missing'; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
      esac ;;
    reload)
      options='--settings --run-dir --config --dry-run --verbose --force --back-to --release --json --help'
      valued='--settings --run-dir --config --back-to'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --back-to) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
      esac ;;
    history)
      options='--settings --run-dir --verbose --json --help'
      valued='--settings --run-dir'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) : ;;
      esac ;;
    wait)
      options='--settings --run-dir --nodes --timeout --json --help'
      valued='--settings --run-dir --nodes --timeout'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --nodes) _kickback_nodes; return ;;
        --timeout) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) : ;;
      esac ;;
    add)
      options='--settings --config --domain --run-dir --state-dir --wait --dry-run --verbose --force --nodes --timeout --json --help'
      valued='--settings --config --domain --run-dir --state-dir --nodes --timeout'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --domain) :; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --nodes) _kickback_nodes; return ;;
        --timeout) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'host node' ;;
        *) _kickback_nodes ;;
      esac ;;
    set)
      options='--settings --config --domain --run-dir --state-dir --class --sequence --stage --mac --ip --wait --dry-run --verbose --force --nodes --timeout --json --help'
      valued='--settings --config --domain --run-dir --state-dir --class --sequence --stage --mac --ip --nodes --timeout'
      lists='--mac'
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --domain) :; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --class) :; return ;;
        --sequence) :; return ;;
        --stage) :; return ;;
        --mac) :; return ;;
        --ip) :; return ;;
        --nodes) _kickback_nodes; return ;;
        --timeout) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'host node' ;;
        *) _kickback_nodes ;;
      esac ;;
    remove)
      options='--settings --config --domain --run-dir --state-dir --wait --dry-run --verbose --force --nodes --timeout --json --help'
      valued='--settings --config --domain --run-dir --state-dir --nodes --timeout'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --config) _kickback_files; return ;;
        --domain) :; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
        --nodes) _kickback_nodes; return ;;
        --timeout) :; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'host node' ;;
        *) _kickback_nodes ;;
      esac ;;
    backup)
      options='--settings --state-dir --with-root-key --json --help'
      valued='--settings --state-dir'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) _kickback_files ;;
      esac ;;
    restore)
      options='--settings --run-dir --state-dir --other-cluster --json --help'
      valued='--settings --run-dir --state-dir'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --run-dir) _kickback_files; return ;;
        --state-dir) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        *) _kickback_files ;;
      esac ;;
    snapshot)
      options='--settings --key --json --help'
      valued='--settings --key'
      lists=''
      _kickback_place
      case $option in
        --settings) _kickback_files; return ;;
        --key) _kickback_files; return ;;
      esac
      if [[ $cur == -* ]]; then _kickback_words "$options"; return; fi
      case $place in
        0) _kickback_words 'verify show' ;;
        *) _kickback_files ;;
      esac ;;
  esac
}

complete -F _kickback kickback kickbackdaemon kickbackproxy bpstat beostatus
