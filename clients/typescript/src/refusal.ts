/** What is wrong with one part of the request; `pointer` is a JSON Pointer (RFC 6901). */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** The service answered with a status of 400 or more: problem details (RFC 9457), or OpenAI's shape of an error. */
export class Refusal extends Error {
  readonly status: number;
  /** The reason by its name; empty where it was not Merx that answered. */
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly requestId: string;
  readonly retryAfterS: number | undefined;

  constructor(response: Response, said: unknown) {
    const { code, detail, message, errors } = parts(said);
    const why = String(detail ?? message ?? (typeof said === "string" ? said : ""));
    super(`${response.status} ${code ?? response.statusText}: ${why}`);
    this.name = "Refusal";
    this.status = response.status;
    this.code = String(code ?? "");
    this.detail = why;
    this.errors = Array.isArray(errors) ? errors : [];
    this.requestId = response.headers.get("x-request-id") ?? "";
    const waits = response.headers.get("retry-after");
    this.retryAfterS = waits === null ? undefined : Number(waits);
  }
}

/** The data of a call, or a `Refusal` thrown. */
export async function answer<Reply extends { data?: unknown; error?: unknown; response: Response }>(
  call: Promise<Reply>,
): Promise<Exclude<Reply["data"], undefined>> {
  const reply = await call;
  if (!reply.response.ok) throw new Refusal(reply.response, reply.error);
  return reply.data as Exclude<Reply["data"], undefined>;
}

function parts(said: unknown): Record<string, unknown> {
  if (typeof said !== "object" || said === null) return {};
  const body = said as Record<string, unknown>;
  return typeof body["error"] === "object" && body["error"] !== null ? (body["error"] as Record<string, unknown>) : body;
}
