// Tabs by the pattern of the ARIA practices: arrows move between them, one panel is shown.
export class Tabs {
  private readonly tabs: HTMLButtonElement[];

  constructor(list: HTMLElement, private readonly onchange: (name: string) => void) {
    this.tabs = [...list.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
    this.tabs.forEach((tab, n) => {
      tab.addEventListener("click", () => this.show(this.name(tab)));
      tab.addEventListener("keydown", (pressed) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[pressed.key];
        if (by === undefined) return;
        const next = this.tabs[(n + by + this.tabs.length) % this.tabs.length];
        next?.focus();
        next?.click();
      });
    });
  }

  private name(tab: HTMLElement): string {
    return tab.id.replace("tab-", "");
  }

  /** Show a tab, where there is one of that name. */
  show(name: string): void {
    if (!this.tabs.some((tab) => this.name(tab) === name)) return;
    for (const tab of this.tabs) {
      const chosen = this.name(tab) === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(`panel-${this.name(tab)}`);
      if (panel) panel.hidden = !chosen;
    }
    this.onchange(name);
  }
}
