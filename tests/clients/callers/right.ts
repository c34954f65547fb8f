/** A caller's program: each service once, and what it said as JSON. */
import { answer, events, intake, pricing, recommendation, Refusal, search, type Intake, type Recommendation } from "merx-client";

const [key, ...urls] = process.argv.slice(2) as [string, string, string, string, string];
const [intakeUrl, pricingUrl, recommendationUrl, searchUrl] = urls;

const event: Intake.components["schemas"]["Event"] = {
  message_id: "ts-1",
  type: "purchase",
  time: "2026-11-24T11:00:00Z",
  customer_id: "c1",
  channel: "web",
  lines: [{ product_id: "1042", quantity: 2, price: { amount: 1299, currency: "EUR" } }],
  properties: {},
};

const door = intake(intakeUrl, { key });
const verdicts = await answer(door.POST("/v1/events", { body: { events: [event, { ...event, customer_id: null }] } }));
const put = await answer(
  door.PUT("/v1/products/{id}", {
    params: { path: { id: "ts/1" } },
    body: { product_id: "ts/1", title: "Mug", price: { amount: 1299, currency: "EUR" } },
  }),
);
const upload = door.POST("/v1/imports", {
  params: { query: { name: "a.tsv" }, header: { "Idempotency-Key": "ts-1" } },
  body: new Blob(["id\ttitle\n1\tMug\n"]),
  bodySerializer: (body) => body,
  headers: { "content-type": "application/octet-stream" },
});

const prices = pricing(pricingUrl, { key });
const quoted = await prices.POST("/v1/prices:quote", {
  body: { lines: [{ product_id: "p00" }, { product_id: "nothing" }] },
});
if (quoted.error) throw new Error(quoted.error.detail);

const found = await answer(search(searchUrl, { key }).POST("/v1/search", { body: { query: "juice", facets: ["brand"] } }));

async function refused(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was answered");
}

const wrong = { lines: [{ product_id: "p00", offer_bp: 20_000 }] };
const refusal = await refused(answer(prices.POST("/v1/prices:quote", { body: wrong })));
const unknown = await refused(answer(pricing(pricingUrl, { key: "wrong" }).GET("/v1/prices/audit")));
const error = await refused(
  answer(search(searchUrl, { key }).POST("/v1/embeddings", { body: { model: "other", input: "tea" } })),
);

async function first(): Promise<{ name: string; items: number; id: boolean }> {
  const stream = await answer(
    recommendation(recommendationUrl, { key }).GET("/v1/recommendations/stream", {
      params: { query: { customer_id: "42", size: 4 } },
      parseAs: "stream",
    }),
  );
  type List = Recommendation.components["schemas"]["RecommendResponse"];
  for await (const one of events<List>(stream)) return { name: one.name, items: one.data.items.length, id: one.id !== "" };
  throw new Error("the stream ended");
}

let busy = 0;
const patient = pricing("http://merx.invalid", {
  fetch: async () => (++busy < 3 ? new Response("", { status: 429, headers: { "retry-after": "0" } }) : Response.json({ quotes: [] })),
});
await answer(patient.GET("/v1/prices/audit"));
const late = pricing("http://merx.invalid", {
  timeoutMs: 20,
  fetch: (request) => new Promise((_, no) => request.signal.addEventListener("abort", () => no(request.signal.reason))),
});
const tooLate = await answer(late.GET("/v1/prices/audit")).catch((reason: Error) => reason.name);

console.log(
  JSON.stringify({
    verdicts: verdicts.verdicts.map((one) => one.status),
    put: put.status,
    job: (await answer(upload)).bytes,
    quotes: quoted.data.quotes.map((quote) => quote.product_id),
    lineErrors: (quoted.data.errors ?? []).map((one) => one.product_id),
    brands: (found.facets?.["brand"] ?? []).map((one) => one.value),
    refusal: [refusal.status, refusal.code, refusal.errors[0]?.pointer, refusal.requestId !== ""],
    unknown: [unknown.status, unknown.code],
    error: [error.status, error.code],
    streamed: await first(),
    tries: busy,
    tooLate,
  }),
);
process.exit(0);
