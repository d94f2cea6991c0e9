import t from 'tap'
import { placeName } from '../../../src/kickback/transport/link.ts'

t.test('places have names', async (t) => {
  t.equal(placeName({ path: '/run/kickback/socket' }), '/run/kickback/socket')
  t.equal(placeName({ host: '10.0.0.1', port: 3045 }), '10.0.0.1:3045')
  t.equal(placeName({ host: 'fd00::1', port: 3045 }), '[fd00::1]:3045')
})
