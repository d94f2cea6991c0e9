// The programs that measure: each sets up what it needs, has a short run, and says in its README what there is to set and how long it takes.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const bench = join(root, 'bench')
const names = readdirSync(bench).filter((name) => existsSync(join(bench, name, 'run')))
const textOf = (...path: readonly string[]): string => readFileSync(join(bench, ...path), 'utf8')

t.test(
  'each run script sets the tree up, asks for what it needs, and has a short run that its README tells of',
  async (t) => {
    t.ok(names.length > 8, 'control: they are found')
    for (const name of names) {
      const [script, readme] = [textOf(name, 'run'), textOf(name, 'README.md')]
      t.equal(spawnSync('sh', ['-n', join(bench, name, 'run')]).status, 0, `${name}: sh reads it`)
      t.match(script, /^\. bench\/prepare\.sh\n(?:.*\n)*?make -s setup\b/m, `${name}: it sets up`)
      t.match(script, /\$\{SMALL:\+|\[ -z "\$SMALL" \]/, `${name}: it has a short run`)
      t.match(readme, /`SMALL=yes`/, `${name}: README.md tells of it`)
      t.match(readme, /\b(minutes?|hours?)\b/, `${name}: README.md tells how long it takes`)
    }
  },
)

t.test('README.md tells of each variable that a program reads', async (t) => {
  let found = 0
  for (const name of names) {
    const texts = readdirSync(join(bench, name)).filter((file) => /\.ts$|^run$/.test(file))
    const read = texts.flatMap((file) => [...textOf(name, file).matchAll(/process\.env\.([A-Z_]+)|\$\{([A-Z_]+):-/g)])
    const variables = new Set(read.map(([, one, other]) => one ?? other ?? ''))
    for (const variable of variables) {
      if (['PATH', 'SMALL'].includes(variable)) continue
      found++
      t.ok(textOf(name, 'README.md').includes(variable), `${name}: ${variable}`)
    }
  }
  t.ok(found > 10, 'control: they are found')
})

t.test('each program that starts servers ends in a bounded time', async (t) => {
  // That of nss is one line of calls, each of which has its bound.
  for (const name of names.filter((name) => name !== 'nss')) {
    const programs = readdirSync(join(bench, name)).filter((file) => file.endsWith('.ts'))
    const named = programs.filter((file) => textOf(name, 'run').includes(`bench/${name}/${file}`))
    if (name === 'reload') named.push('bench.ts', 'soak.ts')
    t.ok(named.length > 0, name)
    for (const file of named) t.match(textOf(name, file), /^ *bounded\(/m, `${name}/${file}`)
  }
})

t.test('what is missing is named, with its package, and the program left out', async (t) => {
  const script = `. ${join(bench, 'prepare.sh')}; needs dns sh no-such-program:some-package no-such-either; echo reached`
  t.equal(
    execFileSync('sh', ['-c', script], { encoding: 'utf8' }),
    'bench/dns: left out, needs no-such-program (Debian: some-package), no-such-either\n',
  )
  t.equal(execFileSync('sh', ['-c', script.replace(/ no-such.*;/, ';')], { encoding: 'utf8' }), 'reached\n', 'control')
})
