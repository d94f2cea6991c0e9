import t from 'tap'
import { machineName } from '../../../../src/kickback/service/told/machine-name.ts'
import { publicSnapshot } from '../../cluster.ts'

t.test('who asks is a master by its address in the configuration, else a node', async (t) => {
  const snapshot = publicSnapshot(1)
  const name = (...bytes: number[]) => machineName({ via: 'network', address: Uint8Array.from(bytes) }, snapshot)
  t.equal(name(127, 0, 0, 9), 'master 127.0.0.9')
  t.equal(name(10, 0, 0, 11), 'node 10.0.0.11')
  t.equal(machineName({ via: 'network', address: Uint8Array.of(10, 0, 0, 1) }, undefined), 'node 10.0.0.1')
  t.equal(machineName({ via: 'local' }, snapshot), 'node on this machine')
})
