// Who may log in on a node that follows a master, that lost it, and that believes anybody.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { LoginRule } from '../../../src/resolver/index.ts'
import { ip } from '../../addresses.ts'
import { contents } from '../../kickback/cluster.ts'
import { master, signed } from '../../kickback/node/masters.ts'
import { until } from '../../patience.ts'
import { follows, node } from './node.ts'

/** The machine is node 3. */
const HERE = { addresses: () => [ip('10.0.0.13')] }
const RULE: LoginRule = { key: 'gpu', nodes: [{ first: 3, last: 3 }], users: ['user1'], groups: [] }
const rules = (...logins: readonly LoginRule[]) => ({ ...contents(5), logins })
const fileIn = (stateDir: string): string => join(stateDir, 'access.conf')
const textIn = (stateDir: string): string =>
  existsSync(fileIn(stateDir)) ? readFileSync(fileIn(stateDir), 'utf8') : ''

t.test('a rule that changes on the master changes on the node, and stays there without any daemon', async (t) => {
  const { server, place } = await master(t, signed(100, rules(RULE)))
  const { proxy, stateDir, runDir } = await node(t, [place], HERE)
  await until(() => /^\+:user1:ALL$/m.test(textIn(stateDir)))
  server.serve(signed(101, rules({ ...RULE, users: ['user2'] })))
  await until(() => /^\+:user2:ALL$/m.test(textIn(stateDir)))
  t.notMatch(textIn(stateDir), /user1/)
  const last = textIn(stateDir)
  await server.close()
  await proxy.close()
  t.equal(textIn(stateDir), last)
  await node(t, [place], { ...HERE, stateDir, runDir })
  t.equal(textIn(stateDir), last, 'a node that starts without a master has what it had')
  const back = await master(t, signed(102, rules()))
  const again = await node(t, [back.place], { ...HERE, stateDir: stateDir })
  await follows(again)
  await until(() => !/^[+-]/m.test(textIn(stateDir)))
})

t.test('a node without a key, or with another one, applies no rule', async (t) => {
  const { place } = await master(t, signed(100, rules(RULE)))
  const insecure = await node(t, [place], { ...HERE, trust: new Trust({ key: undefined }) })
  await follows(insecure)
  await until(() => insecure.lines.some((line) => /\[access\] is not applied/.test(line)))
  t.notOk(existsSync(fileIn(insecure.stateDir)))
})

t.test('a node whose addresses are not known yet keeps its file until it has met its master', async (t) => {
  const { place, server } = await master(t, signed(100, rules(RULE)))
  const known = await node(t, [place], HERE)
  await until(() => textIn(known.stateDir) !== '')
  const closed = textIn(known.stateDir)
  await known.proxy.close()
  await server.close()
  const alone = await node(t, [place], { stateDir: known.stateDir, runDir: known.runDir })
  t.equal(alone.proxy.current?.generation, 100)
  t.equal(textIn(known.stateDir), closed, 'no address yet')
})
