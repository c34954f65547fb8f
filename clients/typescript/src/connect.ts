import createClient, { type Client } from "openapi-fetch";

export interface Options {
  /** An API key, or a JWT where the service takes them. */
  key?: string;
  /** How long an answer may take to begin. */
  timeoutMs?: number;
  /** How often a request is sent in all, where it is answered with 429: such a request was turned away undone. */
  tries?: number;
  /** In place of the platform's own. */
  fetch?: (request: Request) => Promise<Response>;
}

const LONGEST_WAIT_MS = 30_000;

/** A client of the service at `baseUrl`; refusals are its `error`, or exceptions by way of `answer`. */
export function connect<Paths extends {}>(baseUrl: string, options: Options = {}): Client<Paths> {
  const headers = options.key ? { authorization: `Bearer ${options.key}` } : {};
  return createClient<Paths>({ baseUrl, headers, fetch: patient(options) });
}

function patient({ timeoutMs = 10_000, tries = 3, fetch = globalThis.fetch }: Options) {
  return async (request: Request): Promise<Response> => {
    for (let tried = 1; ; tried++) {
      const last = tried >= tries;
      const response = await inTime(last ? request : request.clone(), timeoutMs, fetch);
      if (response.status !== 429 || last) return response;
      await response.body?.cancel();
      const asked = Number(response.headers.get("retry-after") ?? Number.NaN) * 1000;
      await new Promise((go) => setTimeout(go, Math.min(Number.isNaN(asked) ? 200 * 2 ** tried : asked, LONGEST_WAIT_MS)));
    }
  };
}

/** The limit ends where the answer begins: a stream goes on for as long as it likes. */
async function inTime(request: Request, timeoutMs: number, fetch: NonNullable<Options["fetch"]>): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException("no answer in time", "TimeoutError")), timeoutMs);
  try {
    return await fetch(new Request(request, { signal: AbortSignal.any([request.signal, limit.signal]) }));
  } finally {
    clearTimeout(timer);
  }
}
