import t from 'tap'
import { isLoginName } from '../../../src/resolver/logins/names.ts'

t.test('usual names of users and groups can stand in the file of pam_access', async (t) => {
  for (const name of ['ada', 'Ada', '_apt', 'ada.lovelace', 'gpu-users', 'host1$', '2fast', 'allison', 'x'.repeat(255)])
    t.ok(isLoginName(name), name)
})

t.test('what pam_access reads as something else cannot', async (t) => {
  const words = ['ALL', 'all', 'EXCEPT', 'except', 'LOCAL', 'local', 'NONE', 'none']
  const signs = ['(wheel)', '@netgroup', '@@netgroup', 'ada@host', '+', '-', '-ada', '#ada', '(', '']
  const separated = ['ada bob', 'ada,bob', 'ada\tbob', 'ada:ALL', 'ada\n+:mallory', 'ada\r', 'ada\0', 'ada\\']
  const others = ['1000', '0', 'x'.repeat(256), 'ad\xe9', '\xa0', 'a$b', 'a/b', '.', '*']
  for (const name of [...words, ...signs, ...separated, ...others]) t.notOk(isLoginName(name), JSON.stringify(name))
})
