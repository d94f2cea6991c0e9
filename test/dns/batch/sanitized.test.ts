import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../../folder.ts'
import { missing, ROOT } from '../../nss/programs.ts'

const noSanitizer =
  missing('gcc') ||
  (spawnSync('gcc', ['-fsanitize=address,undefined', '-shared', '-fPIC', '-x', 'c', '-o', '/dev/null', '-'], {
    input: 'int x;',
  }).status === 0
    ? false
    : 'needs Debian package gcc')

/** How long each run lasts, in milliseconds; KICKBACK_LONG makes it minutes. */
const TIME_BOX = process.env.KICKBACK_LONG ? 120_000 : 2500

t.test(
  'the native part touches no memory but its own, whatever it is sent or called with (ASan, UBSan)',
  { skip: noSanitizer },
  async (t) => {
    const module = join(folder(t), 'packets.node')
    const [headers = ''] = globSync(join(ROOT, 'node_modules/node/node_modules/node-*/include/node'))
    const sources = globSync(join(ROOT, 'src/dns/batch/*.c'))
    const flags = [
      '-std=c11',
      '-O1',
      '-g',
      '-fPIC',
      '-fvisibility=hidden',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-isystem',
      headers,
    ]
    const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']
    execFileSync('gcc', [...flags, ...sanitizers, '-shared', '-o', module, ...sources])
    const asan = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
    const { NODE_OPTIONS, ...environment } = process.env
    const ran = spawn(process.execPath, [join(import.meta.dirname, 'exercise.ts'), module, String(TIME_BOX)], {
      // Node itself ends with memory that it has not given back.
      env: { ...environment, LD_PRELOAD: asan, ASAN_OPTIONS: 'detect_leaks=0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { out: '', err: '' }
    ran.stdout.on('data', (text) => (said.out += text))
    ran.stderr.on('data', (text) => (said.err += text))
    const [code] = await once(ran, 'close')
    t.match(said.out, /^[1-9]\d+ requests\ndone\n$/)
    t.equal(code, 0, said.err)
  },
)
