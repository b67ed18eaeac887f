// The change feed: a WebSocket that comes back by itself and asks for what it missed.
import type { Change } from "./types";

export type State = "live" | "lost";

const SILENT_MS = 40_000; // heartbeats come every 15 s
const MAX_WAIT_MS = 30_000;

export function follow(onchange: (change: Change) => void, onstate: (state: State) => void): void {
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
      const said = JSON.parse(message.data) as Change | { type: "hello" | "heartbeat"; head: number };
      if (said.type === "change") {
        last = said.seq;
        onchange(said);
      } else {
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
