import t from 'tap'
import { createLogger } from '../../src/cli/logger.ts'

function logged(format: 'plain' | 'json', write: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = []
  write(createLogger(format, 'info', { write: (line) => lines.push(line) }))
  return lines
}

t.test('a plain line starts with the syslog priority of its level', async (t) => {
  const lines = logged('plain', (logger) => {
    logger.debug('unseen')
    logger.info('published')
    logger.warn('careful')
    logger.error('refused')
    logger.fatal('over')
  })
  t.same(lines, ['<6>published\n', '<4>careful\n', '<3>refused\n', '<2>over\n'])
})

t.test('fields follow the message, quoted where they would be taken for several', async (t) => {
  const lines = logged('plain', (logger) => {
    logger.info({ generation: 5, file: '/a b', plain: 'x' }, 'published')
    logger.error({ err: new Error('no such file') }, 'refused')
  })
  t.same(lines, ['<6>published generation=5 file="/a b" plain=x\n', '<3>refused error="no such file"\n'])
})

t.test('a message is one line, whatever is in it', async (t) => {
  const [line] = logged('plain', (logger) => logger.info({ name: 'a\nb' }, 'one\n<2>two\u001b[2J'))
  t.equal(line, '<6>one\\n<2>two\\u001b[2J name="a\\nb"\n')
})

t.test('json lines are JSON with message, level and time', async (t) => {
  const [line = ''] = logged('json', (logger) => logger.info({ generation: 5 }, 'published'))
  t.match(JSON.parse(line), { name: 'kickback', level: 30, msg: 'published', generation: 5, time: Number })
})
