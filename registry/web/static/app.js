// What pages can do beyond forms; each works without it.
"use strict";

// What is wrong is read first, else what was found.
function readFirst() {
  (document.getElementById("wrong") ?? document.querySelector("[data-focus]"))?.focus();
}
readFirst();

// A letter's QR code leads here with the code behind the #, which no server sees; it is taken out of the address at once.
const letter = document.querySelector("form[data-letter]");
if (letter && location.hash.length > 1) {
  const code = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
  letter.elements.code.value = code;
  letter.elements.pin.focus();
}

document.addEventListener("htmx:after:swap", readFirst);

// Enter leaves no long form half filled in; the button at its end sends it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("form[data-calm] input:not([type=submit])")) event.preventDefault();
});

// An interview is longer than a session lasts without a request: while somebody fills in, one goes out each minute.
let lastAwake = Date.now();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-awake]");
  if (form && Date.now() - lastAwake > 60000) {
    lastAwake = Date.now();
    fetch(form.dataset.awake, { headers: { "HX-Request": "true" } });
  }
});

// Suggestions while typing (ARIA combobox); what is only typed is kept as it was said.
const suggestions = { input: null, list: null, told: null, timer: 0 };

function closeSuggestions() {
  suggestions.list?.remove();
  suggestions.list = null;
  suggestions.input?.setAttribute("aria-expanded", "false");
  suggestions.input?.removeAttribute("aria-activedescendant");
}

function markSuggestion(option) {
  for (const one of suggestions.list.querySelectorAll("[role=option]")) one.setAttribute("aria-selected", String(one === option));
  suggestions.input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function takeSuggestion(option) {
  suggestions.input.value = option.dataset.name;
  document.getElementById(suggestions.input.dataset.term).value = option.dataset.term;
  closeSuggestions();
}

async function suggest(input) {
  const typed = input.value.trim();
  if (typed.length < 2) return closeSuggestions();
  const answer = await fetch(`${input.dataset.terms}&text=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || input.value.trim() !== typed || document.activeElement !== input) return;
  closeSuggestions();
  const list = document.createElement("ul");
  Object.assign(list, { id: "suggestions", role: "listbox", className: "app-combo__list", innerHTML: await answer.text() });
  list.setAttribute("aria-label", input.labels[0].textContent);
  suggestions.told.textContent = list.querySelector("[data-told]")?.textContent ?? "";
  list.querySelector("[data-told]")?.remove();
  if (!list.querySelector("[role=option]")) return;
  input.closest(".app-combo").append(list);
  Object.assign(suggestions, { input, list });
  input.setAttribute("aria-expanded", "true");
}

document.addEventListener("focusin", ({ target }) => {
  if (!target.dataset?.terms || target.getAttribute("role")) return;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions" })) target.setAttribute(name, value);
  if (!suggestions.told) {
    suggestions.told = Object.assign(document.createElement("p"), { role: "status", className: "app-vh" });
    document.querySelector("main").append(suggestions.told);
  }
});
document.addEventListener("focusout", ({ target }) => { if (target === suggestions.input) closeSuggestions(); });
document.addEventListener("input", ({ target }) => {
  if (!target.dataset.terms) return;
  document.getElementById(target.dataset.term).value = "";
  suggestions.input = target;
  clearTimeout(suggestions.timer);
  suggestions.timer = setTimeout(suggest, 200, target);
});
document.addEventListener("mousedown", (event) => {
  const option = suggestions.list?.contains(event.target) && event.target.closest("[role=option]");
  if (option) { event.preventDefault(); takeSuggestion(option); }
});
document.addEventListener("keydown", (event) => {
  if (!suggestions.list || event.target !== suggestions.input) return;
  const options = [...suggestions.list.querySelectorAll("[role=option]")];
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (to !== undefined) { event.preventDefault(); markSuggestion(options[(to + options.length) % options.length]); }
  else if (event.key === "Enter" && at >= 0) { event.preventDefault(); takeSuggestion(options[at]); }
  else if (event.key === "Escape") closeSuggestions();
});
