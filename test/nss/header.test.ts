import { readFileSync } from 'node:fs'
import t from 'tap'
import { layoutHeader, protocolHeader } from '../../src/nss/header.ts'

const checkedIn = (name: string): string => readFileSync(new URL(`../../src/nss/${name}`, import.meta.url), 'utf8')

t.test('layout.h is what the layout table makes it (else: node src/nss/header.ts)', async (t) => {
  t.equal(checkedIn('layout.h'), layoutHeader())
})

t.test('protocol.h is what the protocol table makes it (else: node src/nss/header.ts)', async (t) => {
  t.equal(checkedIn('protocol.h'), protocolHeader())
})
