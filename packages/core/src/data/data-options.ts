/** Settings of a record that reads or draws data, from `data.options` of an experiment. */
import { ExperimentError, hintAmong, problemsOf } from '../experiment/problems.js'
import { type NamedRecord, settingsSchema } from '../registry/settings.js'

/** The settings, complete. @throws ExperimentError for what the record does not have; `subject` is named in it. */
export function dataOptions(
  subject: string,
  record: NamedRecord,
  given: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const schema = settingsSchema(record)
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = problemsOf(parsed.error, given, hintAmong(Object.keys(schema.def.shape)))
  throw new ExperimentError(
    `data.options of ${subject}`,
    problems.map((problem) => ({ ...problem, path: ['data', 'options', ...problem.path] })),
  )
}
