/** Ten minutes of the protocol fuzzer, with another seed each night. */
import { test } from 'vitest'
import { fuzz } from './harness/fuzz.ts'
import { chooseSeed } from './harness/random.ts'

test('ten minutes of dialogues that are changed on both sides end no process and let no byte cross that is not on record', async () => {
  await fuzz(600, chooseSeed())
})
