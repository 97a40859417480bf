// Search and filters of the landing page, and the copy buttons. The pages work without this file.
"use strict";

const say = (element, text) => { if (element) element.textContent = text; };

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const label = button.querySelector("span");
    try {
      await navigator.clipboard.writeText(button.dataset.text);
      say(label, "Copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.parentElement.querySelector("code"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say(label, "Selected");
    }
    setTimeout(() => say(label, "Copy"), 2000);
  });
}

const list = document.getElementById("plugins");
if (list) setUpFilters();

function setUpFilters() {
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  const cards = [...list.children].map((element, index) => ({
    element, index, data: element.dataset, name: element.dataset.name,
    short: element.dataset.short, text: element.textContent.toLowerCase(),
  }));

  // A state is one word, the other values may be lists separated by "|".
  const admits = (card, key, wanted) => !wanted || (card.data[key] || "").split("|").includes(wanted);

  function score(card, words) {
    let total = 0;
    for (const word of words) {
      if (card.short === word || card.name === word) total += 8;
      else if (card.short.startsWith(word)) total += 4;
      else if (card.name.includes(word)) total += 2;
      else if (card.text.includes(word)) total += 1;
      else return 0;
    }
    return total || 1;
  }

  function apply() {
    const values = Object.fromEntries(new FormData(form));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) {
      const fits = ["tier", "category", "series", "python"].every((key) => admits(card, key, values[key]))
        && (values.state === "all" || card.data.state === (values.state || "active"));
      card.score = fits ? score(card, words) : 0;
    }
    const newest = values.sort === "released";
    const order = (a, b) => (newest ? b.data.released.localeCompare(a.data.released) : b.score - a.score) || a.index - b.index;
    const shown = cards.filter((card) => card.score).sort(order);
    const active = document.activeElement;
    for (const card of cards) card.element.hidden = !card.score;
    list.append(...shown.map((card) => card.element));
    if (active !== document.activeElement) active.focus();
    say(document.getElementById("shown"), `${shown.length} ${shown.length === 1 ? "plugin" : "plugins"}`);
    document.getElementById("nothing").hidden = shown.length > 0;
    const query = new URLSearchParams({ ...(search.value && { q: search.value }) });
    for (const [key, value] of Object.entries(values)) if (value && value !== "active" && value !== "name") query.set(key, value);
    document.getElementById("clear").hidden = query.size === 0;
    const address = query.size ? `?${query}` : location.pathname;
    if (location.protocol !== "file:") history.replaceState(null, "", address);
  }

  function restore() {
    const query = new URLSearchParams(location.search);
    search.value = query.get("q") || "";
    for (const field of form.elements) if (field.name && query.has(field.name)) field.value = query.get(field.name);
  }

  restore();
  apply();
  search.form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", apply);
  form.addEventListener("change", apply);
  for (const button of document.querySelectorAll("[data-clear]")) {
    button.addEventListener("click", () => { form.reset(); search.value = ""; apply(); search.focus(); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    search.focus();
  });
  if (location.protocol === "file:") return;
  // The texts that the cards do not show: keywords, what a plugin provides, and its maintainers.
  fetch("search.json").then((answer) => answer.json()).then((texts) => {
    for (const card of cards) card.text += ` ${texts.plugins[card.name] || ""}`;
    if (search.value) apply();
  }).catch(() => {});
}
