/** Saved questions: views of the web app that somebody named, for everybody who may read. They live on the control log. */
import { controlLimits } from '@gatetrail/schemas'
import { z } from 'zod'
import { operation } from './operation.ts'

const questionShape = z.object({
  id: z.uuid(),
  name: z.string(),
  address: z.string().describe('path and query of a page of the web app'),
  by: z.string().describe('who saved it: issuer#subject, or `local`'),
  mine: z.boolean().describe('whoever asks may change and delete it'),
  saved: z.string().describe('ISO 8601, of the last version'),
  notAfter: z.string().describe('ISO 8601: forgotten then, unless it is opened or saved again'),
  version: z.int(),
})
export type SavedQuestion = z.infer<typeof questionShape>

/** First segments of the pages that can be saved; '' is the first page. */
export const savedPages = [
  '',
  'touches',
  'runs',
  'sessions',
  'search',
  'subject',
  'operation',
  'report',
] as const

const questionPath = z.strictObject({ id: z.uuid().transform((text) => text.toLowerCase()) })

export const questions = operation({
  method: 'GET',
  path: '/api/questions',
  access: 'read_audit',
  summary: 'Saved questions, by name',
  answer: z.object({ questions: z.array(questionShape) }),
})

export const saveQuestion = operation({
  method: 'POST',
  path: '/api/questions',
  access: 'read_audit',
  summary: 'Save a view of the web app under a name',
  body: z.strictObject({
    name: z.string().trim().min(1).max(controlLimits.questionNameCharactersMax),
    address: z
      .string()
      .min(1)
      .max(controlLimits.questionAddressCharactersMax)
      .describe('path and query of a page of the web app, such as /touches?by=place'),
    id: z.uuid().optional().describe('of one of your own: a new version of it'),
  }),
  answer: z.object({ question: questionShape }),
  status: 201,
})

export const openQuestion = operation({
  method: 'POST',
  path: '/api/questions/:id/open',
  access: 'read_audit',
  summary: 'Say that a saved question is used: it is kept for another year',
  params: questionPath,
  answer: z.object({ question: questionShape }),
})

export const deleteQuestion = operation({
  method: 'DELETE',
  path: '/api/questions/:id',
  access: 'read_audit',
  summary: 'Delete a saved question: your own; an admin any',
  params: questionPath,
  answer: z.object({ ok: z.boolean() }),
})
