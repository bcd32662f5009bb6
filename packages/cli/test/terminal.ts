/** A terminal as far as progress needs one: what is on the screen after text with control sequences was written. */

/** A screen with a cursor; lines that scroll off the top are kept, as a terminal keeps them. */
export class Terminal {
  readonly columns: number
  readonly rows: number
  readonly #lines: string[] = ['']
  #row = 0
  #column = 0
  /** Everything that was written. */
  written = ''

  constructor(columns = 80, rows = 24) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): boolean {
    this.written += text
    // oxlint-disable-next-line no-control-regex -- control sequences are what is taken apart
    for (const token of text.match(/\u001b\[[0-9;?]*[A-Za-z]|[\s\S]/gu) ?? []) this.#take(token)
    return true
  }

  /** Lines as they stand, without blank ones at the end. */
  get screen(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd())
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  #take(token: string): void {
    if (token.startsWith('\u001b[')) this.#control(token.slice(2, -1), token.at(-1) ?? '')
    else if (token === '\r') this.#column = 0
    else if (token === '\n') this.#newLine()
    else this.#put(token)
  }

  #newLine(): void {
    this.#row++
    this.#column = 0
    this.#lines[this.#row] ??= ''
  }

  #put(character: string): void {
    if (this.#column >= this.columns) this.#newLine()
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column)
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1)
    this.#column++
  }

  #control(argument: string, command: string): void {
    // A terminal cannot go to what has scrolled away.
    if (command === 'A') this.#row = Math.max(0, this.#lines.length - this.rows, this.#row - Number(argument || '1'))
    if (command === 'K' || command === 'J')
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column)
    if (command === 'J') this.#lines.splice(this.#row + 1)
  }
}
