/** The content security policy of the page: its own style and script may run, and nothing can be fetched or sent. */

/** The members of the platform that are needed, in Node and in browsers. */
declare const crypto: {
  readonly subtle: { digest(name: 'SHA-256', data: Uint8Array): Promise<ArrayBuffer> }
}
declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const btoa: (binary: string) => string

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}

/** The policy as the content of a `meta` element. */
export async function contentPolicy(style: string, script: string): Promise<string> {
  return [
    "default-src 'none'",
    `style-src ${await hash(style)}`,
    `script-src ${await hash(script)}`,
    'img-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
