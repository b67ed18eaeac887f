// The page of backfill: retry buttons, which need an API key, and progress that goes on by itself.
const LOOK_EVERY_MS = 5000;
const form = document.querySelector<HTMLFormElement>("#key");
const answer = document.querySelector<HTMLElement>("#answer");

function say(text: string): void {
  if (answer) answer.textContent = text;
}

async function retry(button: HTMLButtonElement): Promise<void> {
  const key = form ? String(new FormData(form).get("key") ?? "") : "";
  if (!form?.reportValidity()) return;
  button.disabled = true;
  const headers = { "Content-Type": "application/json", "X-API-Key": key };
  try {
    const reply = await fetch("/api/v1/backfill/retry", { method: "POST", headers, body: button.dataset["wanted"] ?? "{}" });
    const told = await reply.json();
    say(reply.ok ? `${told.jobs} jobs are asked for again.` : `Not done: ${told.error.message}.`);
    button.disabled = reply.ok;
  } catch (error) {
    say(`Not done: ${String(error)}.`);
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button.retry")) {
  button.hidden = false;
  button.addEventListener("click", () => void retry(button));
}
if (form) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
}

/** Takes the campaigns from the page as it is now; nothing else moves. */
async function refresh(): Promise<void> {
  const shown = document.querySelector("#campaigns");
  if (document.hidden || !shown?.querySelector("[data-open]")) return;
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!reply.ok) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("#campaigns");
  if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
}

setInterval(() => {
  refresh().catch((error: unknown) => console.info("backfill: not refreshed", error));
}, LOOK_EVERY_MS);
