import t from 'tap'
import { listenError, listenRemedy, systemErrorCode } from '../../../src/values/index.ts'

t.test('a place that cannot be listened on is told with the place, the reason and what to do', async (t) => {
  const native = Object.assign(new Error('bind EADDRINUSE'), { code: 'EADDRINUSE' })
  const taken = listenError(native, { host: '10.0.0.1', port: 53 })
  t.equal(
    taken.message,
    "can't listen on 10.0.0.1:53: address already in use; another program has it: ss -lntup shows which",
  )
  t.equal(systemErrorCode(taken), 'EADDRINUSE', 'programs still know it by its code')
  t.equal(taken.cause, native)
  const denied = Object.assign(new Error('bind EACCES'), { code: 'EACCES' })
  t.equal(
    listenError(denied, { host: '::1', port: 53 }).message,
    "can't listen on [::1]:53: permission denied; ports below 1024 are for root",
  )
  t.equal(listenError(new Error('no room'), { host: '::1', port: 53 }).message, "can't listen on [::1]:53: no room")
  t.equal(listenRemedy('EADDRNOTAVAIL'), '')
})
