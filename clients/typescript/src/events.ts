import { EventSourceParserStream } from "eventsource-parser/stream";

/** One server-sent event; after a break, `last_event_id: id` goes on behind it. */
export interface Streamed<T> {
  id: string;
  name: string;
  data: T;
}

/** The events of a call made with `parseAs: "stream"`, until the service ends them or the caller breaks off. */
export async function* events<T>(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Streamed<T>> {
  if (!body) return;
  const text = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  for await (const event of text.pipeThrough(new EventSourceParserStream())) {
    yield { id: event.id ?? "", name: event.event ?? "message", data: JSON.parse(event.data) as T };
  }
}
