/** Typed calls of Merx's services: a client for each, whose paths, bodies and answers are those of its document. */
import type { Client } from "openapi-fetch";

import { connect, type Options } from "./connect.js";
import type * as Intake from "./generated/intake.js";
import type * as Pricing from "./generated/pricing.js";
import type * as Recommendation from "./generated/recommendation.js";
import type * as Search from "./generated/search.js";

export { connect, type Options } from "./connect.js";
export { events, type Streamed } from "./events.js";
export { answer, Refusal, type FieldError } from "./refusal.js";
export type { Intake, Pricing, Recommendation, Search };

export const intake = (baseUrl: string, options?: Options): Client<Intake.paths> => connect(baseUrl, options);
export const pricing = (baseUrl: string, options?: Options): Client<Pricing.paths> => connect(baseUrl, options);
export const recommendation = (baseUrl: string, options?: Options): Client<Recommendation.paths> =>
  connect(baseUrl, options);
export const search = (baseUrl: string, options?: Options): Client<Search.paths> => connect(baseUrl, options);
