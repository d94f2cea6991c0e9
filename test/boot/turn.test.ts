import t from 'tap'
import { bootTurn } from '../../src/boot/turn.ts'
import { parseConfig } from '../../src/config/index.ts'
import { type Address, parseAddress } from '../../src/values/index.ts'

const HEAD = 'nodes 40\niprange 10.20.30.100 10.20.30.139\n'

function turns(lines: string, own: string, ...numbers: readonly number[]) {
  const { cluster } = parseConfig(Buffer.from(`${HEAD}${lines}`))
  return numbers.map((number) => bootTurn(cluster, [parseAddress(own) as Address], number, 30))
}

t.test('the first master of a node answers at once, the others some time later, and no other machine', async (t) => {
  const lines = 'masterorder 0-15 10.20.30.1 10.20.30.2 10.20.30.3\nmasterorder 16-31 10.20.30.2 10.20.30.1\n'
  t.same(turns(lines, '10.20.30.1', 3, 20), [{ kind: 'first' }, { kind: 'after', seconds: 30 }])
  t.same(turns(lines, '10.20.30.2', 3, 20), [{ kind: 'after', seconds: 30 }, { kind: 'first' }])
  t.same(turns(lines, '10.20.30.3', 3, 20), [{ kind: 'after', seconds: 60 }, { kind: 'never' }])
  t.same(turns(lines, '10.20.30.9', 3), [{ kind: 'never' }])
})

t.test('of several lines the last one that names the node counts', async (t) => {
  const lines = 'masterorder - 10.20.30.1\nmasterorder 7 10.20.30.2 10.20.30.1\n'
  t.same(turns(lines, '10.20.30.1', 6, 7), [{ kind: 'first' }, { kind: 'after', seconds: 30 }])
})

t.test('without masterorder there is one master, and a node that no line names has the first of all', async (t) => {
  t.same(turns('', '10.20.30.9', 3), [{ kind: 'first' }])
  const lines = 'masterorder 0-3 10.20.30.1 10.20.30.2\n'
  t.same(turns(lines, '10.20.30.1', 9), [{ kind: 'first' }])
  t.same(turns(lines, '10.20.30.2', 9), [{ kind: 'after', seconds: 30 }])
})
