import t from 'tap'
import { Flight } from '../../../src/dns/forward/flight.ts'
import type { Endpoint } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import type { Tap } from '../../folder.ts'
import { until } from '../../patience.ts'
import { opt, query } from '../client.ts'
import { decode } from '../decode.ts'
import { answering, FakeServer, type Said } from '../fake-server.ts'

const NAME = 'www.example.org'
const QUESTION = { key: '', bytes: query(NAME, 'A', { opt: opt() }), withoutEdns: query(NAME, 'A') }
const PATIENCE = 1500

const silent = () => new FakeServer(() => [])
const saying = (said: Partial<Said> = {}) => new FakeServer((request) => [answering(request, said)])
/** An error with an OPT record: nobody asks again without EDNS. */
const failing = (rcode: number) => saying({ rcode, additional: [opt()] })

/** A question to servers, under way, and what was noted of them, by their numbers. */
async function flying(
  t: Tap,
  servers: readonly FakeServer[],
  { tries = 3, mayAsk = (_server: number): boolean => true } = {},
) {
  t.teardown(() => {
    for (const server of servers) server.close()
  })
  const endpoints = await Promise.all(servers.map((server) => server.listen()))
  const [clock, asked, ended] = [new HandClock(), [] as number[], [] as number[]]
  const judged: [number, boolean][] = []
  const numberOf = (server: Endpoint): number => endpoints.indexOf(server)
  const flight = new Flight(QUESTION, {
    clock,
    order: () => endpoints.filter((server) => mayAsk(numberOf(server))),
    patience: PATIENCE,
    tries,
    onAsked: (server) => void asked.push(numberOf(server)),
    onEnded: (server) => void ended.push(numberOf(server)),
    onJudged: (server, helps) => void judged.push([numberOf(server), helps]),
  })
  /** Waits until a server has so many requests, so that it can answer them, and then a while. */
  const silence = async (server: number, requests: number, ms = PATIENCE) => {
    await until(() => servers[server]?.requests.length === requests, `server ${server} has ${requests} requests`)
    clock.turn(ms)
  }
  return { flight, clock, endpoints, asked, ended, judged, silence }
}

/** The result in short: the address and the code of a reply and whether it is a failure, or the code alone. */
async function result({ outcome }: Flight) {
  const told = await outcome
  if (!('reply' in told)) return told
  const { rcode, answers } = decode(told.reply)
  return { rcode, address: answers[0]?.data, isFailure: told.isFailure }
}
const ANSWERED = { rcode: 0, address: '192.0.2.1', isFailure: false }

/** Answers the first request that a silent server has. */
function answer(server: FakeServer): void {
  for (const { request, send } of server.requests.slice(0, 1)) send(answering(request))
}

t.test('the first server is asked, and where it answers nobody else is', async (t) => {
  const { flight, clock, asked, ended, judged, endpoints } = await flying(t, [saying(), saying()])
  t.same(await result(flight), ANSWERED)
  t.same([asked, ended, judged], [[0], [0], [[0, true]]])
  t.same([...flight.asked], endpoints.slice(0, 1))
  t.equal(clock.timers, 0, 'nothing waits any more')
})

t.test('the next server is asked at once where one can not help', async (t) => {
  const servers = [...[1, 2, 4, 5].map(failing), saying()]
  const { flight, asked, ended, judged } = await flying(t, servers, { tries: 5 })
  t.same(await result(flight), ANSWERED)
  const failed = [0, 1, 2, 3].map((server) => [server, false])
  t.same(
    [asked, judged],
    [
      [0, 1, 2, 3, 4],
      [...failed, [4, true]],
    ],
  )
  t.same(ended, [0, 1, 2, 3, 4])
})

t.test('that a name does not exist is an answer, and so is any other code that tells of no inability', async (t) => {
  for (const rcode of [3, 6, 9]) {
    const { flight, asked, judged } = await flying(t, [saying({ rcode }), saying()])
    t.match(await result(flight), { rcode, isFailure: false })
    t.same([asked, judged], [[0], [[0, true]]])
  }
})

t.test('the next server is asked where one is silent as long as the patience, no sooner', async (t) => {
  const { flight, clock, asked, judged, silence, endpoints } = await flying(t, [silent(), saying()])
  await silence(0, 1, PATIENCE - 1)
  t.same([asked, judged], [[0], []])
  clock.turn(1)
  t.same([asked, judged], [[0, 1], [[0, false]]])
  t.same(await result(flight), ANSWERED)
  t.same(judged[1], [1, true])
  t.same([...flight.asked], endpoints)
})

t.test('a server that was passed over may still answer, and ends what was asked meanwhile', async (t) => {
  const [late, other] = [silent(), silent()]
  const { flight, asked, ended, judged, silence, clock } = await flying(t, [late, other])
  await silence(0, 1)
  await silence(1, 1, 0)
  answer(late)
  t.same(await result(flight), ANSWERED)
  await until(() => ended.length === 2, 'both have ended')
  t.same(
    [asked, ended.sort()],
    [
      [0, 1],
      [0, 1],
    ],
  )
  t.same(judged, [
    [0, false],
    [0, true],
  ])
  t.equal(clock.timers, 0)
})

t.test(
  'silent servers are asked in turn, the one first that was asked least, until the tries are used up',
  async (t) => {
    const { flight, asked, ended, judged, silence, clock } = await flying(t, [silent(), silent()], { tries: 4 })
    await silence(0, 1)
    await silence(1, 1)
    await silence(0, 2)
    await silence(1, 2, PATIENCE - 1)
    t.same(asked, [0, 1, 0, 1])
    t.same(ended, [])
    clock.turn(1)
    t.same(await result(flight), { rcode: 2 })
    await until(() => ended.length === 4, 'all have ended')
    t.same(asked, [0, 1, 0, 1])
    t.ok(judged.every(([, helps]) => !helps))
    t.equal(clock.timers, 0)
  },
)

t.test('a server that failed is not asked again, and what the last one said is the result', async (t) => {
  const servers = [failing(2), failing(5)]
  const { flight, asked, clock } = await flying(t, servers, { tries: 9 })
  t.match(await result(flight), { rcode: 5, isFailure: true })
  t.same(asked, [0, 1])
  t.equal(clock.timers, 0)
})

t.test('after the last try a reply that may come is waited for', async (t) => {
  const late = silent()
  const { flight, ended, silence } = await flying(t, [late, failing(5)], { tries: 2 })
  await silence(0, 1)
  await until(() => ended.length === 1, 'the second has failed')
  answer(late)
  t.same(await result(flight), ANSWERED)
})

t.test('where no other reply comes a failure that was heard is the result, at the end of the time', async (t) => {
  const { flight, ended, silence, clock } = await flying(t, [silent(), failing(5)], { tries: 2 })
  await silence(0, 1)
  await until(() => ended.length === 1, 'the second has failed')
  let isOver = false
  void flight.outcome.then(() => {
    isOver = true
  })
  clock.turn(PATIENCE - 1)
  await Promise.resolve()
  t.notOk(isOver)
  clock.turn(1)
  t.match(await result(flight), { rcode: 5, isFailure: true })
  t.same(ended.sort(), [0, 1])
})

t.test('a reply that is not well-formed, or has no question, is a code and passed to nobody', async (t) => {
  const cut = new FakeServer((request) => [answering(request).subarray(0, -1)])
  const bare = (rcode: number) =>
    new FakeServer((request) => {
      const header = Buffer.alloc(12)
      header.set(request.subarray(0, 2))
      header.writeUInt16BE(0x8000 | rcode, 2)
      return [header]
    })
  for (const [server, rcode] of [
    [cut, 2],
    [bare(5), 5],
    [bare(2), 2],
    [bare(3), 2],
  ] as const) {
    const { flight, judged } = await flying(t, [server])
    t.same(await result(flight), { rcode })
    t.same(judged, [[0, false]])
  }
})

t.test('without a server that may be asked the question fails at once', async (t) => {
  const { flight, asked, clock } = await flying(t, [saying()], { mayAsk: () => false })
  t.same(await result(flight), { rcode: 2 })
  t.same([asked, [...flight.asked], clock.timers], [[], [], 0])
})

t.test('which servers may be asked is looked at for each try', async (t) => {
  let able = [0, 1]
  const failing = new FakeServer((request) => {
    able = [0, 2]
    return [answering(request, { rcode: 5 })]
  })
  const { flight, asked } = await flying(t, [failing, saying(), saying()], {
    mayAsk: (server) => able.includes(server),
  })
  t.same(await result(flight), ANSWERED)
  t.same(asked, [0, 2])
})
