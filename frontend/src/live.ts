// The change feed: a WebSocket that comes back by itself and asks for what it missed.
import type { Change, Observed } from "./types";

export type State = "live" | "lost";

const SILENT_MS = 40_000; // heartbeats come every 15 s
const MAX_WAIT_MS = 30_000;

/** Tells of every change once, in order, and that a source has measured something, as long as the page lives. */
export function follow(
  onchange: (change: Change) => void,
  onstate: (state: State) => void,
  onobserved: (source: string) => void = () => {},
): void {
  let last: number | null = null;
  let tries = 0;
  let watchdog = 0;

  const connect = (): void => {
    const address = new URL("/api/v1/ws", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    if (last !== null) address.searchParams.set("after", String(last));
    const socket = new WebSocket(address);
    const alive = (): void => {
      clearTimeout(watchdog);
      watchdog = window.setTimeout(() => socket.close(), SILENT_MS);
    };
    socket.onmessage = (message: MessageEvent<string>) => {
      alive();
      const said = JSON.parse(message.data) as Change | Observed | { type: "hello" | "heartbeat"; head: number };
      if (said.type === "change") {
        last = said.seq;
        onchange(said);
      } else if (said.type === "observed") {
        onobserved(said.source);
      } else {
        // Values have no numbers to catch up by: after a gap, everything shown is asked for again.
        if (tries > 0) onobserved("");
        tries = 0;
        last ??= said.head;
        onstate("live");
      }
    };
    socket.onclose = () => {
      clearTimeout(watchdog);
      onstate("lost");
      const wait = Math.min(MAX_WAIT_MS, 500 * 2 ** tries++) * (0.5 + Math.random() / 2);
      setTimeout(connect, wait);
    };
    alive();
  };
  connect();
}
