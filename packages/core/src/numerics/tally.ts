/** Sums by name. */

/** Adds to the sum of a name, which starts at 0, and returns the new sum. */
export function addTo(sums: Map<string, number>, name: string, amount: number): number {
  const sum = (sums.get(name) ?? 0) + amount
  sums.set(name, sum)
  return sum
}
