import t from 'tap'
import { builtModule, missing } from '../../nss/programs.ts'
import { guestMachine, place, snapshotsOf } from './machines.ts'

const skip = missing('pamtester') && 'needs Debian package pamtester'

t.test(
  "an account check of PAM (pam_unix) passes for the cluster's user, with and without shadow",
  { skip },
  async (t) => {
    builtModule()
    const guest = await guestMachine(t)
    guest.must("printf 'account required pam_unix.so\\nauth required pam_unix.so\\n' > /etc/pam.d/kickback-test")
    const check = (user = 'ada'): number => guest.run('pamtester', 'kickback-test', user, 'acct_mgmt').code
    t.not(check(), 0, 'not before there is such a user')

    place(guest, snapshotsOf(t, 'ada', true), '/run/kickback')
    t.match(guest.must('getent passwd ada'), /^ada:x:/)
    t.equal(check(), 0, 'with shadow granted')

    place(guest, snapshotsOf(t, 'ada', false), '/run/kickback')
    guest.must('rm -r /run/kickback/private')
    t.match(guest.must('getent passwd ada'), /^ada:\*:/)
    t.equal(check(), 0, 'without shadow')

    place(guest, snapshotsOf(t, 'ada', true), '/run/kickback')
    guest.must('rm -r /run/kickback/private')
    t.not(check(), 0, 'x without a shadow entry locks out: hence the *')
  },
)
