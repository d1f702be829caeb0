// Saves an application while it is written: 10 seconds after a change, and when a question is left. Without this script the
// buttons of the page do the same. What is not saved yet is kept in the tab (sessionStorage) until it is: another person at
// this computer, who has another tab, does not find it.
const form = document.getElementById("application");
const texts = form.dataset;
const status = document.getElementById("saved");
const panel = document.getElementById("panel");
const shelf = `application ${texts.person} ${texts.number}`;
const DELAY = 10_000;
const dirty = new Set(); // keys of questions that were changed and not saved
let timer = 0;
let retry = 5_000;
let saving = false;
let leaving = false;

const find = (key) => document.getElementById(`question-${key}`);
const fieldsOf = (question) => [...question.querySelectorAll("[name^='q.']")];

function count(text) { // as the limit counts: code points of the composed text, without what surrounds it
  return [...text.normalize("NFC").replace(/\r\n?/g, "\n").trim()].length;
}

function showCount(question) {
  const counter = question.querySelector(".counter");
  if (!counter) return;
  const number = count(question.querySelector("[name^='q.']").value);
  counter.firstElementChild.textContent = number;
  counter.classList.toggle("over", number > Number(counter.dataset.most));
}

function showStatus(text, unsaved, link) {
  status.textContent = text;
  status.classList.toggle("unsaved", unsaved);
  if (link) status.append(" ", link);
}

function showSaved(moment) {
  const time = new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  showStatus(texts.saved.replace("{time}", time), false);
}

function valuesOf(key) { // the answer to a question on the page, as the condition of another sees it
  const question = find(key);
  if (!question) return [];
  return fieldsOf(question)
    .filter((one) => (one.type === "checkbox" || one.type === "radio" ? one.checked : true))
    .map((one) => (question.dataset.kind === "consent" ? true : one.value.trim()))
    .filter((one) => one !== "");
}

function showRequired() {
  for (const question of form.querySelectorAll("[data-condition]")) {
    const [key, values] = JSON.parse(question.dataset.condition);
    const given = valuesOf(key);
    const required = values.length ? given.some((one) => values.includes(one)) : given.length > 0;
    question.querySelector(".required").hidden = !required;
  }
}

function keep() { // in this tab, until it is saved
  const kept = {};
  for (const key of dirty) {
    const fields = fieldsOf(find(key)).filter((one) => one.type !== "file");
    kept[key] = fields.map((one) => [one.name, one.type === "checkbox" || one.type === "radio" ? one.checked : one.value]);
  }
  try {
    if (dirty.size) sessionStorage.setItem(shelf, JSON.stringify({ base: form.elements.base.value, kept }));
    else sessionStorage.removeItem(shelf);
  } catch { /* the tab may not keep anything: the page still does */ }
}

function restore() {
  let found = null;
  try { found = JSON.parse(sessionStorage.getItem(shelf)); } catch { /* nothing was kept */ }
  if (!found) return;
  for (const [key, values] of Object.entries(found.kept)) {
    const question = find(key);
    if (!question) continue;
    while (question.querySelector("tbody") && fieldsOf(question).length < values.length) addRow(question);
    const fields = fieldsOf(question);
    let changed = false;
    for (const [number, [name, value]] of values.entries()) {
      const field = fields[number];
      if (!field || field.name !== name) continue;
      const ticks = field.type === "checkbox" || field.type === "radio";
      if (ticks ? field.checked !== value : field.value.trim() !== value.trim()) changed = true;
      if (ticks) field.checked = value;
      else field.value = value;
    }
    if (changed) dirty.add(key);
    showCount(question);
  }
  if (dirty.size) {
    form.elements.base.value = found.base;
    showStatus(texts.restored, true);
    schedule(0);
  }
  keep();
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

function change(question) {
  if (question.dataset.gone) return;
  if (!timer) schedule(DELAY);
  dirty.add(question.dataset.question);
  keep();
  showCount(question);
  showRequired();
  if (!saving) showStatus(texts.changed, true);
}

function token() { // signing in in another tab makes a new one
  return document.cookie.split("; ").find((one) => one.startsWith("csrftoken="))?.slice(10) ?? form.elements.csrfmiddlewaretoken.value;
}

async function save() {
  clearTimeout(timer);
  timer = 0;
  const keys = [...dirty].filter((key) => !find(key).matches(".conflict"));
  if (saving || !keys.length) return;
  saving = true;
  const body = new FormData();
  body.append("do", "save");
  body.append("base", form.elements.base.value);
  for (const key of keys) {
    const question = find(key);
    body.append("asked", question.querySelector("[name=asked]").value);
    for (const one of fieldsOf(question)) {
      if (!["checkbox", "radio"].includes(one.type) || one.checked) body.append(one.name, one.value);
    }
    for (const one of question.querySelectorAll("[type=file]")) {
      for (const file of one.files) body.append(one.name, file);
    }
    dirty.delete(key);
  }
  showStatus(texts.saving, false);
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    const answer = await fetch(form.action, { method: "POST", headers, body });
    if (answer.ok) {
      take(await answer.json());
      retry = 5_000;
      if (dirty.size) schedule(DELAY);
    } else {
      keys.forEach((key) => dirty.add(key));
      await refuse(answer);
    }
  } catch {
    keys.forEach((key) => dirty.add(key));
    wait(texts.offline);
  }
  saving = false;
  keep();
}

function wait(text) {
  showStatus(text, true);
  schedule(retry);
  retry = Math.min(retry * 2, 60_000);
}

async function refuse(answer) {
  if (answer.status === 401) {
    const link = document.createElement("a");
    link.href = `${texts.login}?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = texts.signIn;
    link.addEventListener("click", () => { leaving = true; });
    showStatus(texts.signedOut, true, link);
  } else if (answer.status >= 500) {
    wait(texts.failed);
  } else {
    const said = await answer.json().catch(() => ({}));
    showStatus([said.message ?? texts.failed, said.fix].filter(Boolean).join(" "), true);
  }
}

function take(said) {
  form.elements.base.value = said.revision;
  for (const [key, print] of Object.entries(said.fingerprints)) {
    const asked = find(key)?.querySelector("[name=asked]");
    if (asked) asked.value = `${key}:${print}`;
  }
  for (const [key, html] of Object.entries(said.errors)) {
    const errors = document.getElementById(`e-${key}`);
    if (errors) errors.innerHTML = html;
    if (errors && !html.includes("error")) find(key).querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  }
  for (const [key, html] of Object.entries(said.fields)) {
    if (said.conflicts.includes(key)) showOther(key, html);
    else if (!dirty.has(key)) replace(key, html);
  }
  for (const key of said.gone) {
    const question = find(key);
    if (question) question.dataset.gone = "yes";
    const errors = document.getElementById(`e-${key}`);
    if (errors) errors.textContent = texts.gone;
  }
  for (const [key, required] of Object.entries(said.required)) {
    const mark = find(key)?.querySelector(".required");
    if (mark) mark.hidden = !required;
  }
  renew(panel, said.panel);
  if (said.conflicts.length) showStatus(texts.conflict, true);
  else if (dirty.size) showStatus(texts.changed, true);
  else showSaved(said.saved);
}

function showOther(key, html) { // beside what is typed here, which stays
  const question = find(key);
  const made = document.createElement("template");
  made.innerHTML = html;
  question.querySelector(".other")?.remove();
  question.append(made.content.querySelector(".other"));
  question.querySelector("[name=asked]").value = `${key}:`;
  question.classList.add("conflict");
  dirty.add(key);
  prepare(question);
}

function replace(key, html) {
  const question = find(key);
  if (!question) return;
  const focused = question.contains(document.activeElement) ? document.activeElement.id : "";
  question.outerHTML = html;
  if (focused) document.getElementById(focused)?.focus();
  prepare(find(key));
}

function renew(place, html) { // keeps what is typed in it
  const typed = [...place.querySelectorAll("input, textarea")].map((one) => [one.id, one.value]);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  place.innerHTML = html;
  for (const [id, value] of typed) if (document.getElementById(id)) document.getElementById(id).value = value;
  [...place.querySelectorAll("details")].forEach((one, number) => { one.open = open[number] ?? false; });
  if (focused) document.getElementById(focused)?.focus();
}

function addRow(question) {
  const rows = question.querySelector("tbody");
  const row = rows.lastElementChild.cloneNode(true);
  const number = rows.childElementCount;
  for (const one of row.querySelectorAll("input, select")) {
    one.value = "";
    one.id = one.id.replace(/-\d+-(?=[^-]*)/, `-${number}-`);
    one.setAttribute("aria-label", one.getAttribute("aria-label").replace(/\d+/, number + 1));
    one.removeAttribute("aria-invalid");
  }
  for (const cell of row.cells) cell.dataset.label = cell.dataset.label.replace(/\d+/, number + 1);
  rows.append(row);
  return row;
}

function prepare(question) { // what only the script can do
  const choice = question.querySelector("[data-choice]");
  if (choice) choice.hidden = false;
}

form.addEventListener("input", (event) => {
  const question = event.target.closest("[data-question]");
  if (question && event.target.type !== "file") change(question);
});
form.addEventListener("change", (event) => {
  const question = event.target.closest("[data-question]");
  if (!question) return;
  change(question);
  if (event.target.type === "file") save();
});
form.addEventListener("focusout", (event) => {
  const question = event.target.closest("[data-question]");
  if (question && !question.contains(event.relatedTarget) && dirty.has(question.dataset.question)) save();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const question = button?.closest("[data-question]");
  if (button?.matches("[data-rows]")) {
    event.preventDefault();
    addRow(question).querySelector("input, select").focus();
  } else if (button?.dataset.keep === "mine") {
    question.classList.remove("conflict");
    question.querySelector(".other").remove();
    dirty.add(question.dataset.question);
    save();
  } else if (button?.dataset.keep === "theirs") {
    leaving = true;
    dirty.delete(question.dataset.question);
    keep();
    location.reload();
  }
});
form.addEventListener("submit", () => { leaving = true; });
addEventListener("online", () => save());
addEventListener("pageshow", () => { leaving = false; });
addEventListener("beforeunload", (event) => {
  if (dirty.size && !leaving) event.preventDefault();
});

for (const question of form.querySelectorAll("[data-question]")) {
  prepare(question);
  showCount(question);
}
showRequired();
const saved = status.querySelector("time");
if (saved) showSaved(saved.dateTime);
restore();
