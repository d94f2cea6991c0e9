import t from 'tap'
import { layout } from '../../../src/resolver/index.ts'
import { builtModule } from '../../nss/programs.ts'
import { guestMachine, place, snapshotsOf, whoIs1000 } from './machines.ts'

builtModule()

t.test('the first valid place counts: run dir, state dir, what an image brings', async (t) => {
  const guest = await guestMachine(t)
  guest.must('mkdir -p /usr/share/kickback && mount -t tmpfs -o mode=755 none /usr/share/kickback')
  t.equal(whoIs1000(guest), '')
  place(guest, snapshotsOf(t, 'image'), '/usr/share/kickback')
  t.equal(whoIs1000(guest), 'image')
  place(guest, snapshotsOf(t, 'state'), '/var/lib/kickback')
  t.equal(whoIs1000(guest), 'state')
  place(guest, snapshotsOf(t, 'run'), '/run/kickback')
  t.equal(whoIs1000(guest), 'run')
  for (const [line, why] of [
    ['chown 1234 /run/kickback/snapshot.1', "another user's file"],
    ['chown 0 /run/kickback/snapshot.1; chown 1234 /run/kickback', "another user's folder"],
    ['chown 0 /run/kickback; chmod 775 /run/kickback', 'a folder that a group may write'],
    ['chmod 755 /run/kickback; chmod 600 /run/kickback/snapshot.1; truncate -s 100 /run/kickback/snapshot.1', 'a part'],
  ] as const) {
    guest.must(line)
    t.equal(whoIs1000(guest), 'state', why)
  }
  guest.must('umount /usr/share/kickback')
})

t.test('a setuid program does not look at KICKBACK_RUN_DIR', async (t) => {
  const guest = await guestMachine(t)
  place(guest, snapshotsOf(t, 'right'), '/run/kickback')
  place(guest, snapshotsOf(t, 'wrong'), '/run/other')
  guest.must('cp /usr/bin/getent /run/getent && chmod 4755 /run/getent && mount -o remount,suid /run')
  const asked = (program: string): string =>
    guest.run('sh', '-c', `KICKBACK_RUN_DIR=/run/other setpriv --reuid 1234 --clear-groups ${program} passwd 1000`)
      .stdout
  t.match(asked('getent'), /^wrong:/, 'others do')
  t.match(asked('/run/getent'), /^right:/)
  guest.must('chown -R 1234 /run/other')
  t.match(asked('getent'), /^wrong:/, "the caller's own folder")
  guest.must('chown -R 1235 /run/other')
  t.equal(asked('getent'), '', "another user's folder")
})

t.test('shadow is for root and group shadow alone; the map of it is not kept', async (t) => {
  const guest = await guestMachine(t)
  place(guest, snapshotsOf(t, 'ada', true), '/run/kickback')
  t.match(guest.must('getent shadow ada'), /^ada:\$6\$salt\$hash:20000:/)
  t.match(guest.must('setpriv --reuid 1234 --regid shadow --clear-groups getent shadow ada'), /^ada:\$6\$/)
  t.equal(
    guest.run('setpriv', '--reuid', '1234', '--regid', '1234', '--clear-groups', 'getent', 'shadow', 'ada').code,
    2,
  )
  t.match(guest.must('getent passwd ada'), /^ada:x:/)
  const line = "import spwd, pwd; spwd.getspnam('ada'); pwd.getpwnam('ada'); print(open('/proc/self/maps').read())"
  const maps = guest.must(`python3 -W ignore -c "${line}"`)
  t.match(maps, /kickback\/snapshot\.1/)
  t.notMatch(maps, /shadow\.1/)
})

t.test('in a rootless container root is a stranger whose files are still root’s', async (t) => {
  const guest = await guestMachine(t)
  place(guest, snapshotsOf(t, 'ada'), '/run/kickback')
  const rootless = (map: string, line: string): string => {
    const script = `
      setpriv --reuid 1234 --regid 1234 --clear-groups unshare -U sh -c 'while ! grep -q . /proc/self/uid_map; do sleep 0.02; done; ${line}' &
      while [ "$(readlink /proc/$!/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
      printf '${map}' > /proc/$!/uid_map
      wait`
    return guest.run('sh', '-c', script).stdout
  }
  const ask = 'stat -c %u /run/kickback/snapshot.1; getent passwd 1000'
  t.match(rootless('0 1234 1\\n', ask), /^65534\nada:/, 'one account')
  const many = '0 1234 1\\n1 100000 65535\\n'
  t.equal(rootless(many, ask), '65534\n', 'uid 65534 may be an account in here: not trusted')
  guest.must('mount --bind /run/kickback /run/kickback && mount -o remount,bind,ro /run/kickback')
  t.match(rootless(many, ask), /^65534\nada:/, 'but for a read-only mount')
  guest.must('umount /run/kickback')
  t.match(
    rootless('0 1234 1\\n', `KICKBACK_RUN_DIR=/run/kickback getent passwd 1000 || echo refused`),
    /refused/,
    'a chosen folder',
  )
})

t.test('containers: the folder or the file alone bind-mounted, read-only, an overlay’s lower layer', async (t) => {
  const guest = await guestMachine(t)
  place(guest, snapshotsOf(t, 'ada'), '/run/host')
  guest.must('mkdir /run/kickback && mount --bind /run/host /run/kickback')
  t.equal(whoIs1000(guest), 'ada', 'the folder')
  guest.must('mount -o remount,bind,ro /run/kickback')
  t.equal(whoIs1000(guest), 'ada', 'the folder, read-only')
  place(guest, snapshotsOf(t, 'eve'), '/run/host2')
  guest.must('mv /run/host2/snapshot.1 /run/host/snapshot.1')
  t.equal(whoIs1000(guest), 'eve', 'what is published outside is seen inside')
  guest.must(
    'umount /run/kickback && touch /run/kickback/snapshot.1 && mount --bind /run/host/snapshot.1 /run/kickback/snapshot.1',
  )
  t.equal(whoIs1000(guest), 'eve', 'the file alone')
  const state = (low: number): string =>
    guest.must(
      `printf '\\00${low}' | dd of=/run/host/snapshot.1 bs=1 seek=${layout.HEADER.at.state} conv=notrunc status=none`,
    )
  state(1)
  t.equal(whoIs1000(guest), 'eve', 'the file alone, superseded outside')
  state(2)
  t.equal(whoIs1000(guest), '', 'the file alone, emptied outside: nothing, rather than zeros')
  state(0)
  guest.must('umount /run/kickback/snapshot.1 && rm /run/kickback/snapshot.1 && mkdir /run/upper /run/work')
  guest.must('mount -t overlay overlay -o lowerdir=/run/host,upperdir=/run/upper,workdir=/run/work /run/kickback')
  t.equal(whoIs1000(guest), 'eve', 'an overlay')
  place(guest, snapshotsOf(t, 'zoe'), '/run/kickback')
  t.equal(whoIs1000(guest), 'zoe', 'published over it')
})

t.test('a process that looked up before chroot goes on after it', async (t) => {
  const guest = await guestMachine(t)
  place(guest, snapshotsOf(t, 'ada'), '/run/kickback')
  guest.must('mkdir /run/empty')
  const line =
    "import pwd, os; pwd.getpwnam('ada'); os.chroot('/run/empty'); os.chdir('/'); print(pwd.getpwuid(1000).pw_name)"
  t.equal(guest.must(`python3 -c "${line}"`), 'ada\n')
})
