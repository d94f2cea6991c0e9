// Explanations of drawn clusters are those that the texts themselves give: an oracle reads the texts, and nothing of src.
import t from 'tap'
import type { Related } from '../../../src/config/index.ts'
import { evidenceOf } from '../../../src/resolver/explanations/evidence.ts'
import { explain } from '../../../src/resolver/explanations/explain.ts'
import { isDatabase } from '../../../src/resolver/index.ts'
import { type Numbers, numbers } from '../../numbers.ts'
import { accountsOf, configured, DOMAIN } from '../configs.ts'
import { drawFiles } from './drawn.ts'
import { Oracle } from './oracle.ts'

/** A question: a database and a key. */
type Question = readonly [database: string, key: string]

const pick = <T>(draw: Numbers, list: readonly T[]): T => list[draw(list.length)] as T

/** A name with a letter dropped, doubled, changed, or in another case. */
function misspelt(draw: Numbers, name: string): string {
  const at = draw(name.length)
  const letters = [...name]
  const letter = letters[at] ?? ''
  letters[at] = pick(draw, ['', letter + letter, 'x', letter.toUpperCase(), letter.toLowerCase()])
  return letters.join('')
}

function drawHost(draw: Numbers, oracle: Oracle): string {
  const node = draw(50)
  const format = pick(draw, ['.%N', 'n%N', 'n%N', 'node%N', ...oracle.formats])
  const name = format.replace(/%\d?N/, pick(draw, [String(node), String(node), `0${node}`, `00${node}`, `+${node}`]))
  const spelled = pick(draw, [name, name, name, `${name}.${DOMAIN}`, `${name}.`, name.toUpperCase()])
  const address = pick(draw, [`10.16.0.${90 + draw(60)}`, `10.16.1.${30 + draw(70)}`, `10.128.0.${draw(120)}`])
  const other = pick(draw, [`10.129.0.${draw(120)}`, `10.64.0.${draw(60)}`, `10.17.0.${90 + draw(60)}`, '10.200.0.1'])
  const device = pick(draw, oracle.keys('host'))
  const special = pick(draw, ['self', 'master', '.-1', 'n-2', 'cluster', 'racks', 'u3', 'g3', 'nosuchhost'])
  return pick(draw, [spelled, spelled, spelled, address, address, other, device, misspelt(draw, device), special])
}

function drawMac(draw: Numbers, oracle: Oracle): string {
  const octets = pick(draw, oracle.keys('mac')).split(':')
  if (draw(3) === 0) octets[5] = draw(256).toString(16)
  return octets.join(':')
}

function drawAccount(draw: Numbers, oracle: Oracle): string {
  const key = pick(draw, [...oracle.keys('user'), ...oracle.keys('group')])
  return pick(draw, [key, key, /^\d/.test(key) ? String(draw(5000)) : misspelt(draw, key)])
}

function drawQuestion(draw: Numbers, oracle: Oracle): Question {
  const database = pick(draw, ['hosts', 'hosts', 'hosts', 'ethers', 'passwd', 'group', 'netgroup'])
  if (database === 'ethers') return [database, pick(draw, [drawMac(draw, oracle), drawHost(draw, oracle)])]
  if (database === 'netgroup')
    return [database, pick(draw, ['cluster', 'racks', 'gpu', 'compute', 'bmcs', 'ibs', 'nosuch'])]
  return [database, database === 'hosts' ? drawHost(draw, oracle) : drawAccount(draw, oracle)]
}

/** What is told of a cluster of these texts. */
function explainer(files: ReturnType<typeof drawFiles>) {
  const bytes = Object.fromEntries(
    Object.entries(files).map(([file, text]) => [file, { file, bytes: Buffer.from(text) }]),
  )
  const { passwd, group, shadow, loginDefs } = files
  const snapshot = configured(files.config, { accounts: accountsOf({ passwd, group, shadow, loginDefs }) })
  const sources = {
    config: { file: 'config', bytes: Buffer.from(files.config) },
    domain: DOMAIN,
    accounts: {
      files: { networks: { file: 'networks', bytes: undefined }, ...bytes } as never,
      rules: { users: [], groups: [], disabledUsers: 'keep' as const, today: 20_000 },
    },
  }
  const [whole, bare] = [evidenceOf(snapshot, sources, []), evidenceOf(snapshot, undefined, [])]
  return {
    byFiles: ([database, key]: Question) => explain(whole, isDatabase(database) ? database : 'hosts', key),
    bySnapshot: ([database, key]: Question) => explain(bare, isDatabase(database) ? database : 'hosts', key),
  }
}

const at = ({ file, line }: Related): string => `${file}:${line}`

t.test('200 questions of each drawn cluster are explained as its texts say, found and not found', async (t) => {
  const codes = new Map<string, number>()
  for (let seed = 1; seed <= 6; seed++) {
    const files = drawFiles(seed)
    const oracle = new Oracle(files)
    const { byFiles } = explainer(files)
    const draw = numbers(1000 + seed)
    for (let i = 0; i < 200; i++) {
      const question = drawQuestion(draw, oracle)
      const { code, lines, message } = byFiles(question)
      const expected = oracle.expected(...question)
      const cited = new Set(lines.map(at))
      const missing = expected.lines.filter((line) => !cited.has(line))
      const surplus = expected.isAll ? [...cited].filter((line) => !expected.lines.includes(line)) : []
      const told = { code, missing, surplus }
      const isRight = code === expected.code && missing.length + surplus.length === 0
      if (!isRight)
        t.same(
          told,
          { code: expected.code, missing: [], surplus: [] },
          `seed ${seed}: ${question.join(' ')}: ${message}`,
        )
      codes.set(expected.code, (codes.get(expected.code) ?? 0) + 1)
    }
  }
  const least = ['found', 'no-such-node', 'no-range', 'no-host', 'no-name', 'no-mac', 'near-name', 'other-case']
  const more = [
    'below-least',
    'above-greatest',
    'reserved-id',
    'root-group',
    'power-group',
    'bad-line',
    'other-database',
  ]
  for (const code of [...least, ...more, 'other-name', 'unknown'])
    t.ok((codes.get(code) ?? 0) > 0, `some questions are answered with ${code}: ${codes.get(code) ?? 0}`)
})

t.test('a node says of the snapshot alone what is found, and never anything else than the master', async (t) => {
  for (let seed = 1; seed <= 3; seed++) {
    const files = drawFiles(seed)
    const oracle = new Oracle(files)
    const { byFiles, bySnapshot } = explainer(files)
    const draw = numbers(2000 + seed)
    for (let i = 0; i < 200; i++) {
      const question = drawQuestion(draw, oracle)
      const [one, other] = [byFiles(question), bySnapshot(question)]
      if (one.code === 'found' || other.code === 'found')
        t.same([one.code, one.record], [other.code, other.record], question.join(' '))
      t.same(other.lines, [], 'a snapshot has no lines')
      t.not(other.message, '')
    }
  }
})

t.test(
  'the MAC of a companion is explained by the line of its node, and one that no companion has by that line too',
  async (t) => {
    const config =
      'nodes 2\niprange 10.0.0.1 10.0.0.2\nnodename n%N\nnodename n%N-ipmi 0.0.1.0\nnode 1 n1-ipmi=2:0:0:0:0:1 n1-ib=2:0:0:0:0:2\n'
    const { byFiles } = explainer({ ...drawFiles(1), config })
    const told = (key: string) => {
      const { code, lines } = byFiles(['ethers', key])
      return [code, ...lines.map(({ line, message }) => `${line} ${message}`)]
    }
    t.same(told('2:0:0:0:0:1'), ['found', '5 gives it to n1-ipmi, a device of node 1'])
    t.same(told('n1-ipmi').slice(0, 1), ['found'])
    t.same(told('2:0:0:0:0:2'), ['no-name', '5 gives it to n1-ib, a device of node 1'])
  },
)
