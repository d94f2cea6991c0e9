import t from 'tap'
import { Scratch } from './scratch.ts'

t.test('metrics tell generation, records, questions and reloads', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve('--metrics', '127.0.0.1:0', '--dns', '127.0.0.1:0')
  const place = /serving metrics place=(\S+)/.exec(daemon.stderr)?.[1]
  const scrape = async () => (await fetch(`http://${place}/metrics`)).text()
  t.match(await scrape(), /^kickback_records\{database="hosts"\} 35$/m)
  t.match(await scrape(), /^kickback_reloads_total\{outcome="published"\} 1$/m)
  t.match(await scrape(), /^kickback_dns_requests_total\{transport="udp"\} 0$/m)
  await scratch.ask('query', 'hosts', 'n15')
  scratch.append('config', 'host zz\n')
  await daemon.logged('reload refused')
  const text = await scrape()
  t.match(text, /^kickback_questions_total\{operation="LOOKUP"\} 1$/m)
  t.match(text, /^kickback_reload_refused 1$/m)
  t.match(text, /^kickback_reloads_total\{outcome="refused"\} 1$/m)
  t.match(text, /^kickback_generation \d{10}$/m)
  t.equal((await fetch(`http://${place}/`)).status, 404)
  t.match(await daemon.end(), { code: 0 })
})
