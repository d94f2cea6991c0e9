// The completions in the shells themselves: every command and every option of the tables, and values where there are some.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SETTING_ROWS } from '../../src/cli/settings/table.ts'
import { COMMANDS } from '../../src/cli/synopsis.ts'
import { folder, type Tap } from '../folder.ts'

const SCRIPTS = join(import.meta.dirname, '../../packaging/completions')

/** What each line offers. */
type Offers = ReadonlyMap<string, ReadonlySet<string>>

/** How a shell is asked what it offers for lines: a program whose output has `=== LINE`, then what is offered. */
interface Shell {
  readonly program: string
  readonly run: (dir: string, lines: readonly string[]) => readonly string[]
}

const BASH = `source "$1"
while IFS= read -r line; do
  echo "=== $line"
  COMP_WORDS=($line); [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); COMP_LINE=$line COMP_POINT=\${#line}
  _kickback 2>&1
  printf '%s\\n' "\${COMPREPLY[@]}"
done <"$2"`

const FISH = `source $argv[1]
while read -l line
  echo "=== $line"
  complete -C "$line" | string replace -r '\\t.*' ''
end <$argv[2]`

/** An interactive zsh whose first line asks for the choices of all lines; what compadd gets is written down. */
const ZSH = `fpath=($SCRIPTS $fpath)
autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' verbose no
compadd() {
  local -a hits
  if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
    builtin compadd -O hits "$@"
    (( \${#hits} )) && print -rl -- $hits >>$OUT
  fi
  builtin compadd "$@"
}
zle-line-init() {
  local line
  for line in "\${(@f)$(<$LINES_FILE)}"; do
    print -r -- "=== $line" >>$OUT
    BUFFER=$line CURSOR=$#line
    zle list-choices
  done
  exit
}
zle -N zle-line-init
`

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    program: 'bash',
    run: (dir) => ['bash', '-c', BASH, 'bash', join(SCRIPTS, 'kickback.bash'), join(dir, 'lines')],
  },
  fish: { program: 'fish', run: (dir) => ['fish', '-c', FISH, join(SCRIPTS, 'kickback.fish'), join(dir, 'lines')] },
  zsh: { program: 'zsh', run: () => ['script', '-qec', 'stty cols 200 rows 2000; zsh -i', '/dev/null'] },
}

/** Asks a shell. `kickback` is a program of the test's. */
function offers(t: Tap, { run }: Shell, lines: readonly string[], kickback: string): Offers {
  const dir = folder(t)
  mkdirSync(join(dir, 'bin'))
  writeFileSync(join(dir, 'bin/kickback'), kickback)
  chmodSync(join(dir, 'bin/kickback'), 0o755)
  writeFileSync(join(dir, 'lines'), `${lines.join('\n')}\n`)
  writeFileSync(join(dir, '.zshrc'), ZSH)
  writeFileSync(join(dir, 'out'), '')
  const [program = '', ...words] = run(dir, lines)
  const ended = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: 120_000,
    env: {
      ...{
        PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
        HOME: dir,
        ZDOTDIR: dir,
        TERM: 'xterm',
        LANG: 'C.UTF-8',
      },
      ...{ SCRIPTS, OUT: join(dir, 'out'), LINES_FILE: join(dir, 'lines'), XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir },
    },
  })
  if (ended.stderr !== '') throw new Error(`${program} complains: ${ended.stderr}`)
  const written = readFileSync(join(dir, 'out'), 'utf8')
  const found = new Map<string, Set<string>>()
  let current = new Set<string>()
  for (const text of (written === '' ? ended.stdout : written).split('\n')) {
    if (text.startsWith('=== ')) {
      current = new Set()
      found.set(text.slice(4), current)
    } else if (text.trim() !== '') current.add(text.trim())
  }
  return found
}

const SERVICE = `#!/bin/sh
case $2 in
  hosts) echo '10.20.30.100     n0 .0'; echo '10.20.30.90      pdu1' ;;
  passwd) echo 'ada:x:1000:1000::/home/ada:/bin/sh' ;;
esac
`
/** One that answers nothing, and complains. */
const NO_SERVICE = '#!/bin/sh\necho "kickback: no service answers" >&2\nexit 4\n'

/** Lines with what has to be offered for them, exactly or among other words. */
const VALUES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['kickback nodes --state ', ['in-step', 'behind', 'gone', 'missing', 'other-key']],
  ['kickback nodes --state g', ['gone']],
  ['kickback serve --log-level ', ['warn', 'debug']],
  ['kickback query ', ['hosts', 'passwd', 'netgroup']],
  ['kickback query hosts ', ['n0', 'pdu1']],
  ['kickback query passwd ', ['ada']],
  ['kickback explain passwd a', ['ada']],
  ['kickback keys ', ['token', 'rotate']],
  ['kickback keys approve ', ['n0']],
  ['kickback wait --nodes ', ['n0']],
  ['kickback set node ', ['n0']],
  ['kickback export ', ['hosts', 'slurm', 'zone']],
  ['kickback snapshot ', ['verify', 'show']],
  ['kickback setup n', ['node']],
  ['kickbackproxy --log-f', ['--log-format']],
  ['bpstat --sta', ['--state']],
  ['beostatus --state inst', ['installing']],
  ['kickbackdaemon --dns-t', ['--dns-ttl']],
]

for (const [name, shell] of Object.entries(SHELLS)) {
  const isThere = spawnSync(shell.program, ['-c', 'true']).status === 0
  const skip = !isThere && `${shell.program} is not installed`
  t.test(`${name} completes every command, every option of each, and values`, { skip }, async (t) => {
    const lines = ['kickback ', ...COMMANDS.map((row) => `kickback ${row.name} --`), ...VALUES.map(([line]) => line)]
    const found = offers(t, shell, lines, SERVICE)
    const missing = (line: string, wanted: readonly string[]): string[] => {
      const offered = found.get(line) ?? new Set()
      return wanted.filter((word) => !offered.has(word)).map((word) => `${line}: ${word}`)
    }
    t.same(
      missing(
        'kickback ',
        COMMANDS.map((row) => row.name),
      ),
      [],
    )
    for (const row of COMMANDS) {
      const flags = SETTING_ROWS.filter(([, { commands }]) => commands.includes(row.name)).map(([, { flag }]) => flag)
      t.same(missing(`kickback ${row.name} --`, [...flags, '--help']), [])
      const offered = [...(found.get(`kickback ${row.name} --`) ?? [])].filter((word) => word.startsWith('--'))
      t.same(offered.sort(), [...flags, '--help'].sort(), `${row.name}: and no other`)
    }
    for (const [line, wanted] of VALUES) t.same(missing(line, wanted), [])
  })

  t.test(`${name} is silent where no service answers`, { skip }, async (t) => {
    const lines = ['kickback query hosts ', 'kickback nodes --nodes ', 'kickback explain passwd ']
    const found = offers(t, shell, lines, NO_SERVICE)
    for (const line of lines) t.same([...(found.get(line) ?? ['not asked'])], [], line)
  })
}
