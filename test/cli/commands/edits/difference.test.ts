import t from 'tap'
import { differenceText } from '../../../../src/cli/commands/edits/difference.ts'

const difference = (before: string, after: string, line: number) =>
  differenceText('/c', Buffer.from(before), { bytes: Buffer.from(after), line, before: undefined, after: undefined })

t.test('a difference is what diff -u prints', async (t) => {
  t.equal(
    difference('a\nb\nc\nd\ne\nf\n', 'a\nb\nc\nd\nx\ne\nf\n', 5),
    '--- /c\n+++ /c\n@@ -2,5 +2,6 @@\n b\n c\n d\n+x\n e\n f\n',
  )
  t.equal(difference('a\nb\n', 'a\nc\n', 2), '--- /c\n+++ /c\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n')
  t.equal(difference('a\n', '', 1), '--- /c\n+++ /c\n@@ -1,1 +0,0 @@\n-a\n')
  t.equal(
    difference('a', 'a\nb', 2),
    '--- /c\n+++ /c\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n',
  )
  t.equal(
    difference('x\nx\nx\n', 'x\nx\n', 2),
    '--- /c\n+++ /c\n@@ -1,3 +1,2 @@\n x\n-x\n x\n',
    'the line that is meant, of equal ones',
  )
  t.equal(difference('a\n', 'a\n', 1), '')
})

t.test('nothing in it commands a terminal', async (t) => {
  const text = difference('a\x1b[2J\r\nb\n', 'a\x1b[2J\r\nc\n', 2)
  t.same(
    Array.from(text).filter((letter) => letter < ' ' && letter !== '\n'),
    [],
  )
})
