// Change a list that someone may be reading without moving what is read.

/** Let `change` run; the first row in sight stays where it is, and what came before it is above, a scroll away. */
export function steady(box: HTMLElement, list: Element, change: () => void): void {
  const top = box.getBoundingClientRect().top;
  const anchor = [...list.children].find((row) => row.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top ?? 0;
  change();
  if (anchor?.isConnected) box.scrollTop += anchor.getBoundingClientRect().top - before;
}
