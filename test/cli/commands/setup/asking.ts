// A program that asks two questions of the person at the terminal, and shows the answers and what is left of standard input.
import { readFileSync } from 'node:fs'
import { terminalQuestions } from '../../../../src/cli/commands/setup/questions.ts'

const { canAsk } = terminalQuestions
const answers = [await terminalQuestions.ask('first? '), await terminalQuestions.ask('second? ')]
process.stdout.write(`${JSON.stringify({ canAsk, answers, left: canAsk ? '' : readFileSync(0, 'utf8') })}\n`)
