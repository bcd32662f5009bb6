/** Names made fit for a drawing, where text neither wraps nor can be told which way it runs. */

// oxlint-disable-next-line no-control-regex -- control characters are what is removed
const steering = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g

/** At most so many characters, without those that show as nothing or turn the text beside them. */
export function clipName(name: string, most: number): string {
  const characters = Array.from(name.replace(steering, ''))
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}\u2026`
}
