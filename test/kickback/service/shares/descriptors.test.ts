import t from 'tap'
import { limitsWithin } from '../../../../src/kickback/service/shares/descriptors.ts'
import { LOCAL_LIMITS, NETWORK_LIMITS } from '../../../../src/kickback/service/shares/limits.ts'

t.test('with as many descriptors as the units give the usual limits hold', async (t) => {
  const { local, private: shadow, admin, network } = limitsWithin(131_072)
  t.same([local, shadow, admin], [LOCAL_LIMITS, LOCAL_LIMITS, LOCAL_LIMITS])
  t.same(network, NETWORK_LIMITS)
})

t.test('with few of them all doors together leave some for the work of the daemon', async (t) => {
  for (const descriptors of [256, 512, 1024, 4096, 16_384]) {
    const { local, private: shadow, admin, network } = limitsWithin(descriptors)
    const taken = [local, shadow, admin, ...Array.from({ length: 6 }, () => network)].reduce(
      (sum, { connections }) => sum + connections,
      0,
    )
    t.ok(taken <= descriptors - Math.min(640, descriptors / 2), `${taken} of ${descriptors}`)
    t.ok(local.connections >= 16 && network.connections >= 8)
    t.ok(network.subscribers <= network.connections)
  }
})

t.test('the addresses that the settings name share what the network has', async (t) => {
  for (const doors of [1, 2, 5]) {
    const { local, private: shadow, admin, network } = limitsWithin(4096, doors)
    const taken = [local, shadow, admin].reduce((sum, { connections }) => sum + connections, 0)
    t.ok(taken + doors * network.connections <= 4096 - 640, `${doors} doors`)
  }
  t.ok(limitsWithin(20_000, 1).network.connections > 10_000, 'one address has room for 10,000 nodes')
  t.ok(limitsWithin(20_000).network.connections < 10_000)
})

t.test('the doors of objects are counted among those to the network', async (t) => {
  for (const [doors, objects] of [
    [0, 1],
    [1, 1],
    [2, 3],
  ] as const) {
    const { local, private: shadow, admin, network } = limitsWithin(4096, doors, objects)
    const taken = [local, shadow, admin].reduce((sum, { connections }) => sum + connections, 0)
    t.ok(taken + ((doors || 3) + objects) * network.connections <= 4096 - 640, `${doors} doors, ${objects} of objects`)
  }
})
