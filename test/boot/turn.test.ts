import t from 'tap'
import { bootTurn } from '../../src/boot/turn.ts'
import { parseConfig } from '../../src/config/index.ts'
import { type Address, parseAddress } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'

const HEAD = 'nodes 40\niprange 10.20.30.100 10.20.30.139\n'

const after = (seconds: number, ...before: readonly string[]) => ({ kind: 'after', seconds, before: before.map(ip) })

function turns(lines: string, own: string, ...numbers: readonly (number | undefined)[]) {
  const { cluster } = parseConfig(Buffer.from(`${HEAD}${lines}`))
  return numbers.map((number) => bootTurn(cluster, [parseAddress(own) as Address], number))
}

t.test('the first master of a node answers at once, the others some time later, and no other machine', async (t) => {
  const lines =
    'masterdelay 30\nmasterorder 0-15 10.20.30.1 10.20.30.2 10.20.30.3\nmasterorder 16-31 10.20.30.2 10.20.30.1\n'
  t.same(turns(lines, '10.20.30.1', 3, 20), [{ kind: 'first' }, after(30, '10.20.30.2')])
  t.same(turns(lines, '10.20.30.2', 3, 20), [after(30, '10.20.30.1'), { kind: 'first' }])
  t.same(turns(lines, '10.20.30.3', 3, 20), [after(60, '10.20.30.1', '10.20.30.2'), { kind: 'never' }])
  t.same(turns(lines, '10.20.30.9', 3), [{ kind: 'never' }])
})

t.test('of several lines the last one that names the node counts', async (t) => {
  const lines = 'masterorder - 10.20.30.1\nmasterorder 7 10.20.30.2 10.20.30.1\n'
  t.same(turns(lines, '10.20.30.1', 6, 7), [{ kind: 'first' }, after(15, '10.20.30.2')])
})

t.test(
  'without masterorder there is one master, and a node that no line names has the masters of the first line, as a device has',
  async (t) => {
    t.same(turns('', '10.20.30.9', 3, undefined), [{ kind: 'first' }, { kind: 'first' }])
    const lines = 'masterorder 0-3 10.20.30.1 10.20.30.2\n'
    t.same(turns(lines, '10.20.30.1', 9, undefined), [{ kind: 'first' }, { kind: 'first' }])
    t.same(turns(lines, '10.20.30.2', 9, undefined), [after(15, '10.20.30.1'), after(15, '10.20.30.1')])
  },
)
