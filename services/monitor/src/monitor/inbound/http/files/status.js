// Keeps the page as the lake is. Without it the page is loaded anew every few seconds.
const main = document.querySelector("main");

async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/fragment", { cache: "no-store", signal: AbortSignal.timeout(4000) });
    if (!answer.ok) throw new Error(answer.status);
    const html = await answer.text();
    const open = [...document.querySelectorAll("details[open]")].map((one) => one.id);
    const focused = document.activeElement?.closest("details")?.id;
    main.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.querySelector("summary").focus({ preventScroll: true });
    document.title = (document.querySelector("h1")?.textContent ?? "").trim() + " · Tidelake";
    document.body.classList.remove("stale");
  } catch {
    document.body.classList.add("stale");
  }
}

setInterval(renew, 2000);
