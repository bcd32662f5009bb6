/** The end of a training before its last epoch, in words. */
import type { Stop } from './events.js'

const rules: Readonly<Record<Stop['rule'], string>> = {
  earlyStopping: 'by early stopping, as nothing got better',
  timeLimit: 'as its time was up',
}

/** `stopped after step 340 by early stopping, as nothing got better`; `in` the epochs of a record where they are told. */
export function stopText({ rule, step }: Stop): string {
  return `stopped after step ${step.toLocaleString('en-US')} ${rules[rule]}`
}
