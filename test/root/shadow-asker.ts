/**
 * Asks a master for shadow entries in every way that the protocol has, as root of the machine where it runs, and prints what comes, a line for each:
 * HOST PORT for plain TCP, a third word `bare` for TLS without a certificate, or KEY and CERTIFICATE in PEM. Run by test/root/passwords.test.ts.
 */
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { KickbackClient, tlsContext } from '../../src/kickback/index.ts'
import { layout } from '../../src/resolver/index.ts'
import { messageOf, monotonic } from '../../src/values/index.ts'

const [host = '', port = '', key = '', certificate = ''] = process.argv.slice(2)

/** What this end shows. It believes every master: it wants hashes from whoever has them. */
function tls() {
  if (key === '') return undefined
  const shown = key !== 'bare' && {
    privateKey: createPrivateKey(readFileSync(key)),
    certificate: new X509Certificate(readFileSync(certificate)).raw,
  }
  return { context: tlsContext(shown || undefined), judge: () => {} }
}

/** One line, with bytes as the characters that they are. */
function told(question: string, answer: unknown): void {
  const text = JSON.stringify(answer, (_, value) => {
    if (value?.type === 'Buffer') return Buffer.from(value.data).toString('latin1')
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
    return typeof value === 'bigint' ? String(value) : value
  })
  process.stdout.write(`${question}: ${text}\n`)
}

/** Each question has a connection of its own: a refusal may end one. */
async function asked(question: string, ask: (client: KickbackClient) => Promise<unknown>): Promise<void> {
  const options = { clock: monotonic, software: 'shadow-asker', timeout: 5000, tls: tls() }
  try {
    const client = await KickbackClient.connect({ host, port: Number(port) }, options)
    try {
      told(question, await ask(client))
    } finally {
      client.close()
    }
  } catch (error) {
    told(question, { refused: messageOf(error) })
  }
}

const kind = layout.KINDS.SHADOW
await asked('SHADOW', (client) => client.ask('SHADOW', { nonce: randomBytes(32) }))
await asked('SNAPSHOT', (client) => client.ask('SNAPSHOT', { kind, offset: 0 }))
await asked('LOOKUP', (client) => client.ask('LOOKUP', { db: 'shadow', key: 'ada' }))
await asked('ENUMERATE', (client) => client.ask('ENUMERATE', { db: 'shadow' }))
await asked('PASSWD', (client) => client.ask('LOOKUP', { db: 'passwd', key: 'ada' }))
